"""The order: what was bought by whom, and every move that it may make.

The aggregate owns its transitions: a use case asks, the order decides by the table MOVES, drives
its saga, and records what happened for the outbox. `version` counts its events without a gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from orders.domain.errors import IllegalMove, OrderCannotBeCancelled
from orders.domain.events import (
    Actor,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    Recorded,
    SagaCommand,
    Shortage,
)
from orders.domain.money import Money
from orders.domain.pricing import PricedCart
from orders.domain.progress import Saga
from orders.domain.purchase import OrderLine, Purchase
from orders.domain.saga import Answer, Reason, State


class Status(StrEnum):
    """Where an order stands, as its buyer sees it."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


MOVES: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.CONFIRMED, Status.REJECTED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.CANCELLED}),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
}


@dataclass(slots=True)
class Order:
    """One order with its saga. Made by `place`, or by a repository from what it stored.

    `messages` numbers the saga's commands; `conversation` is the correlation id it began in, and
    `traceparent` the span.
    """

    id: UUID
    cart_id: UUID
    purchase: Purchase
    lines: tuple[OrderLine, ...]
    total: Money
    saga: Saga
    placed_at: datetime
    updated_at: datetime
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
    def place(cls, order_id: UUID, cart: PricedCart, purchase: Purchase, now: datetime) -> "Order":
        """Turns a cart into an order. Raises CartOrdered, CartEmpty, ProductWithdrawn or
        CurrencyMismatch.
        """
        cart.cart.must_be_open()
        lines = tuple(
            OrderLine(line.sku, line.name, line.quantity, line.unit_price)
            for line in cart.orderable_lines()
        )
        order = cls(
            id=order_id,
            cart_id=cart.cart.id,
            purchase=purchase,
            lines=lines,
            total=Money.total(line.total for line in lines),
            saga=Saga.begin(now),
            placed_at=now,
            updated_at=now,
        )
        order._record(OrderPlaced())
        order._send_commands()
        return order

    def receive(self, answer: Answer, now: datetime, shortages: tuple[Shortage, ...] = ()) -> None:
        """Takes a participant's answer: it may confirm or reject the order, or change nothing."""
        reason = self.saga.receive(answer, now)
        if reason is not None:
            self._reject(reason, now, shortages)
        elif self.status is Status.PENDING and self.saga.state is State.COMPLETED:
            self._move(Status.CONFIRMED, now)
            self._record(OrderConfirmed())
        self._send_commands()

    def time_limit_passed(self, now: datetime) -> None:
        """Gives up on a step that took too long, or asks again, as the saga's data says."""
        reason = self.saga.time_limit_passed(now)
        if reason is not None:
            self._reject(reason, now)
        self._send_commands()

    def cancel(self, actor: Actor, now: datetime) -> None:
        """Takes the order back. Raises OrderCannotBeCancelled once it has ended."""
        if not self.can_be(Status.CANCELLED):
            raise OrderCannotBeCancelled(self.status)
        self._move(Status.CANCELLED, now)
        self.cancelled_by = actor
        self._record(OrderCancelled(actor))
        self.saga.cancel(now)
        self._send_commands()

    def can_be(self, status: Status) -> bool:
        """True when the table of moves allows it now."""
        return status in MOVES[self.status]

    def _reject(self, reason: Reason, now: datetime, shortages: tuple[Shortage, ...] = ()) -> None:
        self._move(Status.REJECTED, now)
        self.reason, self.shortages = reason, shortages
        self._record(OrderRejected(reason, shortages))

    def _move(self, to: Status, now: datetime) -> None:
        if not self.can_be(to):
            raise IllegalMove(self.status, to)
        self.status, self.updated_at = to, now

    def _record(self, event: OrderPlaced | OrderConfirmed | OrderRejected | OrderCancelled) -> None:
        self.version += 1
        self.recorded.append(Recorded(event, self.version))

    def _send_commands(self) -> None:
        for command in self.saga.outgoing:
            self.messages += 1
            self.recorded.append(Recorded(SagaCommand(command), self.messages))
        self.saga.outgoing.clear()
