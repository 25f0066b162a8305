"""What messages say about an order: a read model of the newest event about it.

A refund names only the order's id, so this is also how a refund finds its recipient.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from notifications.domain.contact import Recipient


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many units of a SKU, at a price each and in all."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Amounts:
    """What an order's total is made of."""

    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money

    def tax_is_included(self, total: Money) -> bool:
        """True where the prices hold the tax already, so that it is only named."""
        sold = self.subtotal.amount - self.discount.amount + self.shipping.amount
        return sold == total.amount


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its newest event told it; `guest` is set where there is no customer.

    `status` is None where the event does not change it.
    """

    order_id: UUID
    version: int
    reference: str | None
    customer_id: UUID | None
    guest: Recipient | None
    lines: tuple[OrderLine, ...]
    total: Money
    country: str
    placed_at: datetime
    status: str | None = None
    amounts: Amounts | None = None

    @property
    def number(self) -> str:
        """What a customer calls the order."""
        return self.reference or str(self.order_id)
