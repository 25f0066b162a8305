"""What readers see of orders: plain values, made by queries or from an order just changed.

The API turns them into JSON and offers as links what `may` says.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orders.domain.account import Account, problem_of
from orders.domain.amounts import Bill
from orders.domain.events import Actor, Shortage
from orders.domain.fulfilment import Fulfilment
from orders.domain.money import Money
from orders.domain.moves import Move, Status, may
from orders.domain.order import Order
from orders.domain.owner import Owner
from orders.domain.packing import Goods, Parcel, pack
from orders.domain.purchase import Address, Contact, OrderLine
from orders.domain.saga import Reason
from orders.domain.shares import worth_of_returned


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
    bill: Bill
    account: Account
    fulfilment: Fulfilment
    reason: Reason | None
    shortages: tuple[Shortage, ...]
    cancelled_by: Actor | None
    version: int
    placed_at: datetime
    updated_at: datetime

    @property
    def payment_problem(self) -> str | None:
        """Why money for goods that left is missing."""
        amounts, returned = self.bill.amounts, self.fulfilment.returned
        back = worth_of_returned(self.lines, returned, amounts.delivery)
        return problem_of(amounts.total, self.account, self.fulfilment.charges, back)

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """How the goods are best packed."""
        lines = self.lines
        return pack(Goods(line.sku, line.quantity, line.weight_grams) for line in lines)

    def may(self, move: Move) -> bool:
        """True when the table of moves allows it and there is something left to do it with."""
        if move is Move.RETURN and not self.fulfilment.left_to_return:
            return False
        if move is Move.REFUND and not self.account.left.amount:
            return False
        return may(self.status, move)

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
            bill=order.bill,
            account=order.account,
            fulfilment=order.fulfilment,
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
