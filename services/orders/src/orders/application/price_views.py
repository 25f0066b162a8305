"""What readers of the price read model see: plain values, made by queries.

The API turns them into JSON.
"""

from dataclasses import dataclass

from orders.domain.money import Money


@dataclass(frozen=True, slots=True)
class PriceView:
    """What this service would charge for a SKU now, and the catalogue's version of it."""

    sku: str
    name: str
    price: Money
    withdrawn: bool
    sequence: int
