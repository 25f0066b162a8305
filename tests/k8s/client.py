"""Runs inside the cluster, in a pod of the operator's image: fills the shop, buys, knocks at doors.

`cluster.py` mounts this file and calls `python client.py WHAT…`; what it prints is one JSON object.
A client in a pod reaches the gateway by its Service, as the world does by way of a proxy; a
forwarded port would hang on one pod, and end with it.
"""

import asyncio
import gzip
import itertools
import json
import secrets
import socket
import sys
import time
from collections import Counter
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import httpx

GATEWAY = "http://gateway:8080"
JWK = Path("/operator/jwk.json")
STOP = Path("/tmp/stop")
SOME = Path("/tmp/some.csv.gz")
LINES = 400
BUYERS, READERS = 2, 1
ADDRESS = {
    "recipient": "Kubernetes Test",
    "street": "1 Market Row",
    "city": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}


async def goods() -> dict[str, int]:
    """Import the first lines of the real shop's list, as the operator."""
    from native.first_import import DATA_FILE
    from native.shop.importer import import_file
    from native.shop.session import open_session

    with gzip.open(DATA_FILE, "rt") as whole, gzip.open(SOME, "wt") as part:
        part.writelines(itertools.islice(whole, LINES))
    async with open_session(_caller()) as session:
        await import_file(SOME, session)
    return {"lines": LINES}


def _caller() -> Any:
    """As much of a stack's record as a caller of its gateway needs."""
    from native.record import Record

    empty = {field.name: field.type for field in fields(Record) if field.default is MISSING}
    values = {name: {} if str(kind).startswith("dict") else "" for name, kind in empty.items()}
    jwk = json.loads(JWK.read_text())
    return Record(**{**values, "gateway_url": GATEWAY, "operator_jwk": jwk})


class Crowd:
    """Buyers and readers until they are stopped, and what they were answered."""

    def __init__(self, http: httpx.AsyncClient, seconds: float) -> None:
        self._http = http
        self._until = time.monotonic() + seconds
        self.answers: Counter[str] = Counter()
        self.slowest = 0.0
        self.orders: list[tuple[str, str]] = []

    async def run(self) -> None:
        """All of them side by side."""
        skus = await self._in_stock()
        await asyncio.gather(
            *(self._again(self._buy, skus) for _ in range(BUYERS)),
            *(self._again(self._read, skus) for _ in range(READERS)),
        )

    async def _again(self, what: Any, skus: list[str]) -> None:
        """One article after another, so that none is sold out."""
        for sku in itertools.cycle(skus):
            if time.monotonic() > self._until or stopped():
                return
            await what(sku)
            await asyncio.sleep(0.05)

    async def _in_stock(self) -> list[str]:
        page = (await self._http.get("/v1/products?limit=50")).json()
        variants = [variant for product in page["items"] for variant in product["variants"]]
        return [str(variant["sku"]) for variant in variants if variant["in_stock"]]

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        """The answer; whatever is none counts under its error's name, and is not tried again."""
        name = f"{method} /{'/'.join(path.partition('?')[0].split('/')[1:3])}"
        begun = time.monotonic()
        try:
            answer = await self._http.request(method, path, **more)
        except httpx.TransportError as problem:
            self.answers[f"{name} {type(problem).__name__}"] += 1
            return None
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.answers[f"{name} {answer.status_code}"] += 1
        return answer if answer.is_success else None

    async def _buy(self, sku: str) -> None:
        guest = {"Cart-Token": secrets.token_urlsafe(32)}
        cart = await self._ask("POST", "/v1/carts", headers=guest)
        if cart is None:
            return
        path, line = cart.headers["location"], {"items": [{"sku": sku, "quantity": 1}]}
        filled = await self._ask("PUT", f"{path}/items", json=line, headers=guest)
        if filled is None:
            return
        key = {"If-Match": filled.headers["etag"], "Idempotency-Key": secrets.token_hex(8)}
        body = {
            "cart_id": path.rsplit("/", 1)[1],
            "payment": {"token": "tok_visa"},
            "shipping_address": ADDRESS,
            "contact": {"email": "buyer@example.com", "name": "Kim Buyer"},
            "reference": "k8s",
        }
        placed = await self._ask("POST", "/v1/orders", json=body, headers={**guest, **key})
        if placed is not None:
            self.orders.append((placed.headers["location"], guest["Cart-Token"]))

    async def _read(self, sku: str) -> None:
        # What no cache can have, and the shop's own keys.
        await self._ask("GET", f"/v1/products?limit=5&q=heart%20{secrets.token_hex(4)}")
        await self._ask("GET", "/.well-known/jwks.json")

    async def confirmed(self, patience: float = 120.0) -> int:
        """How many of the orders reached their good end."""
        until, open_ones, good = time.monotonic() + patience, list(self.orders), 0
        while open_ones and time.monotonic() < until:
            left = []
            for path, token in open_ones:
                answer = await self._http.get(path, headers={"Cart-Token": token})
                status = answer.json().get("status")
                good += status == "confirmed"
                if status == "pending":
                    left.append((path, token))
            open_ones = left
            await asyncio.sleep(0.5)
        return good


def stopped() -> bool:
    """Whether the test has seen enough."""
    return STOP.exists()


async def load(seconds: float) -> dict[str, Any]:
    """Purchases one after another until the file STOP is there, and what became of them."""
    limits = httpx.Limits(max_keepalive_connections=BUYERS + READERS)
    async with httpx.AsyncClient(
        base_url=GATEWAY, timeout=20, limits=limits, trust_env=False
    ) as http:
        crowd = Crowd(http, seconds)
        await crowd.run()
        good = await crowd.confirmed()
    return {
        "answers": dict(crowd.answers),
        "orders": len(crowd.orders),
        "confirmed": good,
        "slowest": round(crowd.slowest, 2),
    }


def knock(host: str, port: int) -> dict[str, str]:
    """What comes of a connection: open, refused, silent (dropped on the way), or no such name."""
    try:
        socket.create_connection((host, port), timeout=4).close()
    except TimeoutError:
        return {"door": "silent"}
    except ConnectionRefusedError:
        return {"door": "refused"}
    except OSError as problem:
        return {"door": type(problem).__name__}
    return {"door": "open"}


def main(what: str, *words: str) -> None:
    """Do it and print what came of it."""
    match what:
        case "goods":
            told: Any = asyncio.run(goods())
        case "load":
            STOP.unlink(missing_ok=True)
            told = asyncio.run(load(float(words[0])))
        case "knock":
            told = knock(words[0], int(words[1]))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
