"""The order: what was bought by whom, where it stands, and how it comes to be confirmed.

The aggregate owns its transitions: all of them go through `make` and so by the table of moves.
dispatch.py, returns.py and payment.py are its later life; what happens is recorded for the outbox.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from orders.domain.account import Account
from orders.domain.amounts import Bill
from orders.domain.events import (
    Actor,
    OrderCancelled,
    OrderCommand,
    OrderConfirmed,
    OrderEvent,
    OrderPlaced,
    OrderRejected,
    Recorded,
    SagaCommand,
    Shortage,
)
from orders.domain.fulfilment import Fulfilment
from orders.domain.money import Money
from orders.domain.moves import Move, Status, must
from orders.domain.progress import Saga
from orders.domain.purchase import OrderLine, Purchase
from orders.domain.quote import Quote
from orders.domain.saga import Answer, Reason, State


@dataclass(slots=True)
class Order:
    """One order with its saga. Made by `place`, or by a repository from what it stored.

    `version` counts its events without a gap, `messages` numbers its commands; `conversation` is
    the correlation id it began in, and `traceparent` the span.
    """

    id: UUID
    cart_id: UUID
    purchase: Purchase
    lines: tuple[OrderLine, ...]
    bill: Bill
    saga: Saga
    account: Account
    placed_at: datetime
    updated_at: datetime
    fulfilment: Fulfilment = field(default_factory=Fulfilment)
    status: Status = Status.PENDING
    version: int = 0
    messages: int = 0
    conversation: str = ""
    traceparent: str | None = None
    reason: Reason | None = None
    shortages: tuple[Shortage, ...] = ()
    cancelled_by: Actor | None = None
    recorded: list[Recorded] = field(default_factory=list)

    @classmethod
    def place(cls, order_id: UUID, quote: Quote, purchase: Purchase, now: datetime) -> "Order":
        """Turns a cart into an order, at what was quoted for the country of the address.

        Raises CartOrdered, CartEmpty, ProductWithdrawn or CurrencyMismatch.
        """
        bill = quote.orderable_bill()
        order = cls(
            id=order_id,
            cart_id=quote.cart.cart.id,
            purchase=purchase,
            lines=quote.lines,
            bill=bill,
            saga=Saga.begin(now),
            account=Account.empty(bill.amounts.total.currency),
            placed_at=now,
            updated_at=now,
        )
        order.record(OrderPlaced())
        order._ask()
        return order

    @property
    def total(self) -> Money:
        """What is paid for all of it."""
        return self.bill.amounts.total

    def receive(self, answer: Answer, now: datetime, shortages: tuple[Shortage, ...] = ()) -> None:
        """Takes a participant's answer: it may confirm or reject the order, or change nothing."""
        reason = self.saga.receive(answer, now)
        if reason is not None:
            self._reject(reason, now, shortages)
        elif self.status is Status.PENDING and self.saga.state is State.COMPLETED:
            self.make(Move.CONFIRM, Status.CONFIRMED, now)
            self.record(OrderConfirmed())
        self._ask()

    def time_limit_passed(self, now: datetime) -> None:
        """Gives up on a step that took too long, or asks again, as the saga's data says."""
        reason = self.saga.time_limit_passed(now)
        if reason is not None:
            self._reject(reason, now)
        self._ask()

    def cancel(self, actor: Actor, now: datetime) -> None:
        """Takes the order back. Raises OrderCannotBeCancelled once it is packed or has ended."""
        self.make(Move.CANCEL, Status.CANCELLED, now)
        self.cancelled_by = actor
        self.record(OrderCancelled(actor))
        self.saga.cancel(now)
        self._ask()

    def make(self, move: Move, to: Status, now: datetime) -> None:
        """Changes the status by a move of the table. Raises the move's own IllegalMove."""
        must(self.status, move, to)
        self.status, self.updated_at = to, now

    def record(self, event: OrderEvent) -> None:
        """Keeps an event for the outbox and counts it."""
        self.version += 1
        self.recorded.append(Recorded(event, self.version))

    def tell(self, command: OrderCommand) -> None:
        """Keeps a command for the outbox and numbers it."""
        self.messages += 1
        self.recorded.append(Recorded(command, self.messages))

    def _reject(self, reason: Reason, now: datetime, shortages: tuple[Shortage, ...] = ()) -> None:
        self.make(Move.REJECT, Status.REJECTED, now)
        self.reason, self.shortages = reason, shortages
        self.record(OrderRejected(reason, shortages))

    def _ask(self) -> None:
        for command in self.saga.outgoing:
            self.tell(SagaCommand(command, self.saga.tries))
        self.saga.outgoing.clear()
