"""What an order is made of: its lines, and what the buyer said when placing it.

These values never change afterwards. order.py holds them; a repository stores and restores them.
"""

from dataclasses import dataclass

from orders.domain.money import Money
from orders.domain.owner import Owner
from orders.domain.packing import USUAL_WEIGHT_GRAMS


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One SKU at the price it was ordered at, with its share of the order's amounts.

    `discount_amount` and `tax_amount` are in the price's minor units and for all of its units;
    the tax is contained in the price where `tax_included`. `weight_grams` is that of one unit.
    """

    sku: str
    name: str
    quantity: int
    unit_price: Money
    discount_amount: int = 0
    tax_amount: int = 0
    tax_included: bool = True
    weight_grams: int = USUAL_WEIGHT_GRAMS

    @property
    def total(self) -> Money:
        """The price of all of them."""
        return self.unit_price.times(self.quantity)

    @property
    def discount(self) -> Money:
        """What promotions take off them."""
        return Money(self.discount_amount, self.unit_price.currency)

    @property
    def tax(self) -> Money:
        """The tax on them."""
        return Money(self.tax_amount, self.unit_price.currency)

    @property
    def total_after(self) -> Money:
        """What is paid for all of them."""
        net = self.total - self.discount
        return net if self.tax_included else net + self.tax


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to when there is no account, or besides it. Personal data."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where it goes. `country` is ISO 3166 alpha-2, or ZZ when unknown. Personal data."""

    recipient: str
    street: str
    city: str
    postcode: str
    country: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """What the buyer says when ordering; nothing in it has a price."""

    owner: Owner
    payment_token: str
    address: Address
    contact: Contact | None = None
    reference: str | None = None
