"""What readers see: plain values without behaviour, made by queries or from the domain.

The API turns them into JSON. A cart's ETag is made here, because placing an order compares it
and reading a cart sends it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.etags import strong_etag
from orders.domain.events import Actor, Shortage
from orders.domain.money import Money
from orders.domain.order import MOVES, Order, Status
from orders.domain.owner import Owner
from orders.domain.pricing import PricedCart, PricedLine
from orders.domain.purchase import Address, Contact, OrderLine
from orders.domain.saga import Reason


@dataclass(frozen=True, slots=True)
class CartItem:
    """A line of a cart; `available` is False once the product was withdrawn."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money
    available: bool


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart as its owner sees it, with today's prices."""

    id: UUID
    items: tuple[CartItem, ...]
    total: Money | None
    order_id: UUID | None

    @classmethod
    def of(cls, priced: PricedCart) -> "CartView":
        """Returns the view of a priced cart."""
        items = tuple(_item(line) for line in priced.lines)
        return cls(priced.cart.id, items, priced.total, priced.cart.order_id)

    @property
    def etag(self) -> str:
        """A strong validator over lines, prices and state (RFC 9110 section 8.8.3)."""
        lines = (
            f"{i.sku} {i.quantity} {i.unit_price.amount} {i.unit_price.currency} "
            f"{i.available} {i.name}"
            for i in self.items
        )
        return strong_etag(self.id, self.order_id, "\n".join(lines))

    @property
    def can_be_ordered(self) -> bool:
        """True when placing an order on it, as it is, would be accepted."""
        available = all(item.available for item in self.items)
        return bool(self.items) and available and self.total is not None and self.order_id is None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its buyer and the staff see it."""

    id: UUID
    owner: Owner
    status: Status
    reference: str | None
    contact: Contact | None
    address: Address
    lines: tuple[OrderLine, ...]
    total: Money
    reason: Reason | None
    shortages: tuple[Shortage, ...]
    cancelled_by: Actor | None
    version: int
    placed_at: datetime
    updated_at: datetime

    @property
    def can_be_cancelled(self) -> bool:
        """True while the table of moves allows it."""
        return Status.CANCELLED in MOVES[self.status]

    @classmethod
    def of(cls, order: Order) -> "OrderView":
        """Returns the view of an order that was just changed, without reading it again."""
        return cls(
            id=order.id,
            owner=order.purchase.owner,
            status=order.status,
            reference=order.purchase.reference,
            contact=order.purchase.contact,
            address=order.purchase.address,
            lines=order.lines,
            total=order.total,
            reason=order.reason,
            shortages=order.shortages,
            cancelled_by=order.cancelled_by,
            version=order.version,
            placed_at=order.placed_at,
            updated_at=order.updated_at,
        )


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order in a list, without its lines."""

    id: UUID
    owner: Owner
    status: Status
    reference: str | None
    country: str
    total: Money
    version: int
    placed_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PriceView:
    """What this service would charge for a SKU now, and the catalogue's version of it."""

    sku: str
    name: str
    price: Money
    withdrawn: bool
    sequence: int


def _item(line: PricedLine) -> CartItem:
    return CartItem(
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        total=line.total,
        available=not line.withdrawn,
    )
