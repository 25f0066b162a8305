"""Those who buy: each fills a cart, orders it, and some change their mind afterwards.

What a buyer does is drawn from the seed and the buyer's number, so that one seed is one crowd.
`crowd.py` sends them in.
"""

import asyncio
import base64
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from native.chaos.client import Client, Request
from native.chaos.market import Market, Ware

MOST_LINES, MOST_UNITS = 3, 4
TRIES = 6  # at a cart whose prices change again and again
TOKENS = {"tok_visa": 88, "tok_chargeDeclined": 6, "tok_slow": 3, "tok_timeout": 3}
SCARCE_SHARE, TWICE_SHARE, PATIENT_SHARE, CANCEL_SHARE = 0.04, 0.06, 0.25, 0.12
ADDRESS = {
    "recipient": "Chaos",
    "street": "1 Broken Lane",
    "city": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}


def cart_token(seed: int, number: int) -> str:
    """A guest's secret of 32 bytes; the same in every run with this seed."""
    digest = hashlib.sha256(f"cart {seed} {number}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer is going to do."""

    name: str
    wares: Mapping[Ware, int]
    payment: str
    twice: bool
    patient: bool
    cancels: bool

    @classmethod
    def draw(cls, seed: int, number: int, market: Market) -> "Wish":
        """The wish of the buyer of this number."""
        dice = random.Random(f"buyer {seed} {number}")  # noqa: S311
        shelf = market.scarce if dice.random() < SCARCE_SHARE else market.plenty
        wares = dice.sample(shelf, dice.randint(1, min(MOST_LINES, len(shelf))))
        return cls(
            name=f"chaos-{seed}-{number}",
            wares={ware: dice.randint(1, MOST_UNITS) for ware in wares},
            payment=dice.choices([*TOKENS], [*TOKENS.values()])[0],
            twice=dice.random() < TWICE_SHARE,
            patient=dice.random() < PATIENT_SHARE,
            cancels=dice.random() < CANCEL_SHARE,
        )


class Buyer:
    """One guest on the way through the shop."""

    def __init__(self, wish: Wish, client: Client) -> None:
        self._wish = wish
        self._client = client

    async def shop(self) -> str | None:
        """Buys as wished; returns the order's id, or None where there is none in the end."""
        cart = await self._fill()
        order = None if cart is None else await self._order(*cart)
        if order is not None and self._wish.cancels:
            await asyncio.sleep(0.2)
            path = f"/v1/orders/{order}/cancellation"
            await self._client.ask(Request("cancel_order", "POST", path, causes=(409,)))
        return order

    async def _fill(self) -> tuple[str, str] | None:
        """The cart's path and its ETag."""
        key = f"{self._wish.name}-cart"
        made = await self._client.ask(Request("create_cart", "POST", "/v1/carts", key=key))
        if made is None or not made.is_success:
            return None
        path = str(made.headers["location"])
        items = [{"sku": ware.sku, "quantity": count} for ware, count in self._wish.wares.items()]
        put = Request("replace_cart_items", "PUT", f"{path}/items", {"items": items})
        filled = await self._client.ask(put)
        if filled is None or not filled.is_success:
            return None
        return path, str(filled.headers["etag"])

    async def _order(self, path: str, etag: str) -> str | None:
        for _ in range(TRIES):
            asked = [self._client.ask(self._placing(path, etag))]
            if self._wish.twice:
                asked.append(self._client.ask(self._placing(path, etag)))
            answers = await asyncio.gather(*asked)
            placed = [a for a in answers if a is not None and a.status_code == 201]
            if placed:
                return str(placed[0].headers["location"]).rsplit("/", 1)[1]
            if not any(a is not None and a.status_code == 412 for a in answers):
                return None
            seen = await self._client.ask(Request("read_cart", "GET", path))
            if seen is None or not seen.is_success:
                return None
            etag = str(seen.headers["etag"])
        return None

    def _placing(self, path: str, etag: str) -> Request:
        body: dict[str, Any] = {
            "cart_id": path.rsplit("/", 1)[1],
            "payment": {"token": self._wish.payment},
            "shipping_address": ADDRESS,
            "reference": self._wish.name,
            "contact": {"email": f"{self._wish.name}@example.com", "name": "Chaos"},
        }
        headers = {"If-Match": etag} | ({"Prefer": "wait=3"} if self._wish.patient else {})
        key = f"{self._wish.name}-order"
        return Request("place_order", "POST", "/v1/orders", body, key, headers, causes=(412,))
