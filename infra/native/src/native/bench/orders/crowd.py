"""Customers with carts over the whole shelf, and what the shop answered them.

A closed loop keeps so many clients busy; an open loop begins purchases at a fixed rate whatever
becomes of them. They buy a few hundred articles in turn, so that no row of the stock is the only
hot one. Used by `command.py`.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import orjson

from native.bench.buying import ADDRESS
from native.bench.client import Answer, Connection
from native.bench.orders.customer import sign_in
from native.bench.reading import percentile
from native.shop.lists import price_list
from native.shop.session import Session

ARTICLES = 400
CLIENTS = 32
# With more purchases under way than this, an open loop would measure the generator.
MOST_UNDER_WAY = 768


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart that waits to be ordered."""

    id: str
    etag: str


@dataclass(slots=True)
class Outcome:
    """What came of a load: the answers by their status, and the seconds that each 201 took."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Orders placed a second."""
        return self.statuses[201] / self.seconds if self.seconds else 0.0

    def delay_ms(self, share: float) -> float:
        """A percentile of what the placed orders took."""
        return percentile(sorted(self.delays), share) * 1000


class Refused(Exception):
    """A step of a purchase was answered with `status`, so it ends there."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Crowd:
    """The demo customer with many clients at once; one reference marks all of their orders."""

    def __init__(self, headers: Mapping[str, str], skus: Sequence[str]) -> None:
        self.headers = headers
        self.reference = f"bench-{secrets.token_hex(4)}"
        self._skus = cycle(skus)

    @classmethod
    async def gather(cls, session: Session, orders: int) -> "Crowd":
        """Signs in, and puts enough on the shelf for so many orders."""
        skus = sorted(await price_list(session))[:ARTICLES]
        lines = [{"sku": sku, "delta": orders // len(skus) + 1} for sku in skus]
        await session.api.send(
            "POST",
            "/v1/stock-adjustments",
            json={"reason": "bench", "lines": lines},
            headers={**await session.operator.headers(), "Idempotency-Key": secrets.token_hex(8)},
        )
        return cls(await sign_in(session.record.gateway_url), skus)

    async def fill(self, connection: Connection) -> Cart:
        """Makes a cart with one article in it. Raises Refused."""
        made = await self._send(connection, "POST", "/v1/carts", {})
        path = made.headers["location"]
        items = {"items": [{"sku": next(self._skus), "quantity": 1}]}
        filled = await self._send(connection, "PUT", f"{path}/items", items)
        return Cart(path.rsplit("/", 1)[1], filled.headers["etag"])

    async def order(self, connection: Connection, cart: Cart, *, wait: int = 0) -> Answer:
        """Orders a cart; with `wait`, the answer waits for the saga's end. Raises Refused."""
        body = {
            "cart_id": cart.id,
            "payment": {"token": "tok_visa"},
            "shipping_address": ADDRESS,
            "reference": self.reference,
        }
        more = {"If-Match": cart.etag, "Idempotency-Key": secrets.token_hex(8)}
        if wait:
            more["Prefer"] = f"wait={wait}"
        return await self._send(connection, "POST", "/v1/orders", body, more)

    async def _send(
        self,
        connection: Connection,
        method: str,
        path: str,
        body: Any,
        more: Mapping[str, str] | None = None,
    ) -> Answer:
        raw = orjson.dumps(body)
        head = connection.head(method, path, {**self.headers, **(more or {})}, len(raw))
        answer = await connection.send(head + raw)
        if answer.status >= 300:
            raise Refused(answer.status)
        return answer


Purchase = Callable[[Connection], Awaitable[Any]]


async def closed_loop(origin: str, count: int, purchase: Purchase, clients: int) -> Outcome:
    """Has so many clients make `count` purchases, each its next one when the last has ended."""
    outcome, left = Outcome(), iter(range(count))

    async def client() -> None:
        connection = await Connection.open(origin)
        for _ in left:
            await _note(outcome, purchase, connection)
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    outcome.seconds = time.perf_counter() - began
    return outcome


async def open_loop(origin: str, rate: float, seconds: float, purchase: Purchase) -> Outcome:
    """Begins `rate` purchases a second for so long; one for which no client is free counts as 0."""
    outcome, idle = Outcome(), [await Connection.open(origin) for _ in range(MOST_UNDER_WAY)]
    loop = asyncio.get_running_loop()

    async def one() -> None:
        connection = idle.pop()
        await _note(outcome, purchase, connection)
        idle.append(connection)

    began = loop.time()
    async with asyncio.TaskGroup() as purchases:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            if idle:
                purchases.create_task(one())
            else:
                outcome.statuses[0] += 1
        outcome.seconds = loop.time() - began
    for connection in idle:
        connection.close()
    return outcome


async def _note(outcome: Outcome, purchase: Purchase, connection: Connection) -> None:
    began = time.perf_counter()
    try:
        await purchase(connection)
    except Refused as refusal:
        outcome.statuses[refusal.status] += 1
    else:
        outcome.statuses[201] += 1
        outcome.delays.append(time.perf_counter() - began)
