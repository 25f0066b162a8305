"""What there is to buy: the SKUs of the real catalogue with their products, prices and stock.

Read once before the load begins; buyers and staff choose from it by their dice.
"""

from dataclasses import dataclass

from native.shop.lists import price_list, stock_list
from native.shop.session import Session

PLENTY, SCARCE = 300, 6


@dataclass(frozen=True, slots=True)
class Ware:
    """One SKU, the product that it belongs to, and its price in pence at the start."""

    sku: str
    slug: str
    price: int


@dataclass(frozen=True, slots=True)
class Market:
    """`plenty` has more than anybody will buy, `scarce` soon runs out; in the order of SKUs."""

    plenty: tuple[Ware, ...]
    scarce: tuple[Ware, ...]


async def open_market(session: Session) -> Market:
    """Reads catalogue and stock."""
    stock, prices = await stock_list(session), await price_list(session)
    slugs: dict[str, str] = {}
    async for product in session.api.items("/v1/products", session.operator.headers):
        slugs |= {variant["sku"]: product["slug"] for variant in product["variants"]}
    wares = {sku: Ware(sku, slugs[sku], prices[sku]) for sku in slugs if sku in prices}
    ranked = sorted(wares, key=lambda sku: (-stock[sku].available if sku in stock else 0, sku))
    inside = [sku for sku in ranked if sku in stock and stock[sku].available > 0]
    return Market(
        tuple(wares[sku] for sku in sorted(inside[:PLENTY])),
        tuple(wares[sku] for sku in sorted(inside[-SCARCE:])),
    )
