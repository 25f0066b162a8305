"""Orders through the gateway: how many a second are confirmed, and how soon the mail comes.

Each buyer is an imported account with a token of its own. A run is over when no order is pending
any more, so the figure is that of the whole saga and not of its first answer.
"""

import asyncio
import secrets
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from native.bench.client import Answer, Connection
from native.errors import StackError
from native.shop.session import Session

SKU = "85123A"
CLIENTS = 32
ADDRESS = {
    "recipient": "Bench",
    "street": "1 Loop Back",
    "city": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}


@dataclass(frozen=True, slots=True)
class Orders:
    """One run of whole purchases. `accepted_per_second` counts 201s, `settled_per_second` sagas."""

    orders: int
    confirmed: int
    accepted_per_second: float
    settled_per_second: float


@dataclass(frozen=True, slots=True)
class Mails:
    """From an order's 201 to its confirmation in the mailbox, in milliseconds."""

    orders: int
    median_ms: float
    slowest_ms: float


class Buyer:
    """One client with one connection and one account."""

    def __init__(self, connection: Connection, headers: Mapping[str, str]) -> None:
        self._connection = connection
        self._headers = headers

    async def buy(self, reference: str) -> Answer:
        """Makes a cart, fills it and orders it: three requests. Returns the last answer."""
        cart = (await self._send("POST", "/v1/carts", {})).headers["location"]
        items = {"items": [{"sku": SKU, "quantity": 1}]}
        filled = await self._send("PUT", f"{cart}/items", items)
        body = {
            "cart_id": cart.rsplit("/", 1)[1],
            "payment": {"token": "tok_visa"},
            "shipping_address": ADDRESS,
            "reference": reference,
        }
        return await self._send(
            "POST",
            "/v1/orders",
            body,
            {"If-Match": filled.headers["etag"], "Idempotency-Key": secrets.token_hex(8)},
        )

    async def _send(
        self, method: str, path: str, body: Any, more: Mapping[str, str] | None = None
    ) -> Answer:
        raw = orjson.dumps(body)
        head = self._connection.head(method, path, {**self._headers, **(more or {})}, len(raw))
        answer = await self._connection.send(head + raw)
        if answer.status >= 300:
            raise StackError(f"{method} {path}: {answer.status} {bytes(answer.body)[:200]!r}")
        return answer


async def buyers(session: Session, count: int, stock: int) -> list[Buyer]:
    """Accounts with tokens, and enough in stock for what they are about to buy."""
    operator = await session.operator.headers()
    lines = [{"sku": SKU, "delta": stock}]
    await session.api.send(
        "POST",
        "/v1/stock-adjustments",
        json={"reason": "bench", "lines": lines},
        headers={**operator, "Idempotency-Key": secrets.token_hex(8)},
    )
    found = []
    for number in range(count):
        email = f"bench-{number}@example.com"
        made = await session.api.send(
            "POST", "/v1/users/imports", json={"email": email, "name": "Bench"}, headers=operator
        )
        acting = await session.operator.acting_for(made.json()["id"])
        found.append(Buyer(await Connection.open(session.record.gateway_url), acting))
    return found


async def order_many(session: Session, count: int) -> Orders:
    """Has CLIENTS buyers place `count` orders and waits until every saga has ended."""
    crowd = await buyers(session, CLIENTS, count)
    reference = f"bench-{secrets.token_hex(4)}"
    left = iter(range(count))

    async def shop(buyer: Buyer) -> None:
        for _ in left:
            await buyer.buy(reference)

    began = time.perf_counter()
    await asyncio.gather(*(shop(buyer) for buyer in crowd))
    accepted = time.perf_counter() - began
    await _settled(session, reference)
    settled = time.perf_counter() - began
    confirmed = await _count(session, reference, "confirmed")
    return Orders(count, confirmed, count / accepted, count / settled)


async def _settled(session: Session, reference: str) -> None:
    headers = await session.operator.headers()
    while True:
        path = f"/v1/orders?reference={reference}&status=pending&limit=1"
        page = (await session.api.send("GET", path, headers=headers)).json()
        if not page["items"]:
            return
        await asyncio.sleep(0.05)


async def _count(session: Session, reference: str, status: str) -> int:
    pages = session.api.items(
        "/v1/orders", session.operator.headers, reference=reference, status=status
    )
    return len([order async for order in pages])


async def time_mails(session: Session, count: int) -> Mails:
    """Places orders one by one and sees when the mailbox took each confirmation."""
    (buyer,) = await buyers(session, 1, count)
    delays = []
    async with httpx.AsyncClient(base_url=session.record.mailbox_url, trust_env=False) as mailbox:
        before, _ = await _newest(mailbox)
        for number in range(1, count + 1):
            await buyer.buy("bench-mail")
            answered = time.time()
            delays.append(await _received(mailbox, before + number) - answered)
    return Mails(count, statistics.median(delays) * 1000, max(delays) * 1000)


async def _received(mailbox: httpx.AsyncClient, expected: int) -> float:
    """When the buyer's mail of that number came, in seconds since the epoch."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        total, received = await _newest(mailbox)
        if total >= expected:
            return received
        await asyncio.sleep(0.02)
    raise StackError("no confirmation came within 30 s")


async def _newest(mailbox: httpx.AsyncClient) -> tuple[int, float]:
    """How many mails the first buyer has, and when the newest of them came."""
    query = {"to": "bench-0@example.com", "limit": "1"}
    page = (await mailbox.get("/api/messages", params=query)).json()
    return page["total"], page["messages"][0]["received"] if page["messages"] else 0.0
