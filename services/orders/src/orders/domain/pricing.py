"""A cart with the prices of this service's own read model, as the buyer sees and orders it.

Read and placed carts go through here, so what was shown is what is ordered. Nothing here ever
comes from the client but SKUs and quantities.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orders.domain.cart import Cart
from orders.domain.errors import CartEmpty, CurrencyMismatch, ProductWithdrawn, UnknownSku
from orders.domain.money import Money
from orders.domain.packing import USUAL_WEIGHT_GRAMS


@dataclass(frozen=True, slots=True)
class Price:
    """What the catalogue last said of one SKU; `weight_grams` None where it said none."""

    sku: str
    name: str
    unit_price: Money
    withdrawn: bool = False
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One SKU, how many, and the price of one at the time of looking."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    withdrawn: bool = False
    weight_grams: int = USUAL_WEIGHT_GRAMS

    @property
    def total(self) -> Money:
        """The price of all of them."""
        return self.unit_price.times(self.quantity)


@dataclass(frozen=True, slots=True)
class PricedCart:
    """A cart and its lines by SKU. Withdrawn lines are shown, but cannot be ordered."""

    cart: Cart
    lines: tuple[PricedLine, ...]

    @classmethod
    def of(cls, cart: Cart, prices: Mapping[str, Price]) -> "PricedCart":
        """Prices every line that the read model knows; the cart took in no other SKU."""
        known = (prices[sku] for sku in sorted(cart.quantities) if sku in prices)
        return cls(cart, tuple(_line(price, cart.quantities[price.sku]) for price in known))

    @property
    def on_sale(self) -> tuple[PricedLine, ...]:
        """The lines that can be ordered."""
        return tuple(line for line in self.lines if not line.withdrawn)

    @property
    def subtotal(self) -> Money | None:
        """What can be ordered comes to this; None for nothing, or for mixed currencies."""
        try:
            return Money.total([line.total for line in self.on_sale])
        except (ValueError, CurrencyMismatch):
            return None

    def orderable_lines(self) -> tuple[PricedLine, ...]:
        """Returns all lines. Raises CartEmpty, or ProductWithdrawn with each such SKU."""
        if not self.lines:
            raise CartEmpty
        if withdrawn := [line.sku for line in self.lines if line.withdrawn]:
            raise ProductWithdrawn(withdrawn)
        return self.lines


def must_be_on_sale(skus: Iterable[str], prices: Mapping[str, Price]) -> None:
    """Raises UnknownSku or ProductWithdrawn, naming every SKU that cannot be put into a cart."""
    wanted = set(skus)
    if unknown := wanted - prices.keys():
        raise UnknownSku(unknown)
    if withdrawn := {sku for sku in wanted if prices[sku].withdrawn}:
        raise ProductWithdrawn(withdrawn)


def _line(price: Price, quantity: int) -> PricedLine:
    return PricedLine(
        price.sku,
        price.name,
        quantity,
        price.unit_price,
        price.withdrawn,
        price.weight_grams or USUAL_WEIGHT_GRAMS,
    )
