"""Buyers who do not give up: they repeat what got no good answer, always with the same key.

That is what a client may do after a 502, 503 or 504, and after a connection that broke. The tests
that stop and kill processes send them, and look afterwards that each has exactly one order.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.shop import SKU, Shop, eventually

PATIENCE = 90.0
# 409: the first try is still at work; 502 to 504: the gateway got no answer.
AGAIN = frozenset({409, 502, 503, 504})


@dataclass
class Buyer:
    """A guest who wants one thing; `reference` is on the order, `told` where it is said to be."""

    shop: Shop
    reference: str = field(default_factory=lambda: secrets.token_hex(8))
    told: str = ""

    @property
    def contact(self) -> dict[str, str]:
        """Where the confirmation goes."""
        return {"email": f"{self.reference}@example.com", "name": "Bela Buyer"}


async def insist(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask until there is an answer that is one."""
    async with asyncio.timeout(PATIENCE):
        while (answer := await attempt(ask)) is None or answer.status_code in AGAIN:
            await asyncio.sleep(0.1)
    assert answer.status_code in (200, 201), answer.text
    return answer


async def attempt(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response | None:
    """None when the connection broke, or nobody took it."""
    with suppress(httpx.TransportError):
        return await ask()
    return None


async def buy_and_insist(buyer: Buyer) -> None:
    """Fill a cart and order it, whatever happens to the services meanwhile."""
    shop = buyer.shop
    path = (await insist(lambda: shop.call("POST", "/v1/carts"))).headers["location"]
    items = {"items": [{"sku": SKU, "quantity": 1}]}
    filled = await insist(lambda: shop.call("PUT", f"{path}/items", items))
    etag, key = filled.headers["etag"], secrets.token_hex(8)
    more: dict[str, Any] = {"reference": buyer.reference, "contact": buyer.contact}
    placed = await insist(lambda: shop.place(path, etag, key=key, wait=1, **more))
    buyer.told = placed.headers["location"]


async def every_order_is_there_once(buyers: Iterable[Buyer], support: Shop) -> None:
    """Each buyer has the order of which they were told, no other, and it is confirmed."""
    for buyer in buyers:
        await _has_the_order(buyer, support)


async def _has_the_order(buyer: Buyer, support: Shop) -> None:
    async def found() -> list[tuple[str, str]]:
        answer = await support.call("GET", f"/v1/orders?reference={buyer.reference}")
        return [(f"/v1/orders/{order['id']}", order["status"]) for order in answer.json()["items"]]

    await eventually(found, lambda seen: seen == [(buyer.told, "confirmed")], PATIENCE)
