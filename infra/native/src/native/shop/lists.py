"""The shop's lists as import and replay compare them: prices, stock and what the catalogue shows.

Each function reads a whole list, page by page, with the operator's token.
"""

from dataclasses import dataclass
from typing import Any

from native.shop.session import Session


@dataclass(frozen=True, slots=True)
class Stock:
    """Units of one SKU: to be bought, held for orders, sold, and come back of the sold."""

    available: int
    reserved: int
    sold: int
    returned: int = 0

    @property
    def total(self) -> int:
        """All that was ever put in, less what was taken out by hand."""
        return self.available + self.reserved + self.sold - self.returned


@dataclass(frozen=True, slots=True)
class Offer:
    """What the catalogue shows of a SKU; the price in pence."""

    price: int
    in_stock: bool


async def stock_list(session: Session) -> dict[str, Stock]:
    """Stock by SKU, as inventory has it."""
    found = {}
    async for item in session.api.items("/v1/stock", session.operator.headers):
        units = (item[name] for name in ("available", "reserved", "sold", "returned"))
        found[item["sku"]] = Stock(*units)
    return found


async def price_list(session: Session) -> dict[str, int]:
    """Pence by SKU, as orders would charge them; what was withdrawn is not among them."""
    found = {}
    async for item in session.api.items("/v1/prices", session.operator.headers):
        if not item["withdrawn"] and item["price"]["currency"] == "GBP":
            found[item["sku"]] = item["price"]["amount"]
    return found


async def offer_list(session: Session) -> dict[str, Offer]:
    """What the catalogue shows, by SKU."""
    found = {}
    async for product in session.api.items("/v1/products", session.operator.headers):
        for variant in product["variants"]:
            found[variant["sku"]] = _offer(variant)
    return found


def _offer(variant: dict[str, Any]) -> Offer:
    return Offer(variant["price"]["amount"], variant["in_stock"])
