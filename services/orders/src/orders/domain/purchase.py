"""What an order is made of: its lines, and what the buyer said when placing it.

These values never change afterwards. order.py holds them; a repository stores and restores them.
"""

from dataclasses import dataclass

from orders.domain.money import Money
from orders.domain.owner import Owner


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One SKU at the price it was ordered at."""

    sku: str
    name: str
    quantity: int
    unit_price: Money

    @property
    def total(self) -> Money:
        """The price of all of them."""
        return self.unit_price.times(self.quantity)


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
