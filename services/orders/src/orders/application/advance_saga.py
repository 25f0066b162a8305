"""Tells an order what a participant answered. Called by the consumers, once for each message.

It works in the consumer's transaction and never commits. What the answer means is decided by the
order and by the saga's data.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orders.application.ports import UnitOfWork
from orders.domain.events import Shortage
from orders.domain.order import Order
from orders.domain.saga import Answer


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer about one order; `shortages` come only with stock_rejected."""

    order_id: UUID
    answer: Answer
    shortages: tuple[Shortage, ...] = ()


async def advance_saga(reply: Reply, uow: UnitOfWork, now: datetime) -> None:
    """Takes the order on by one answer; one that changes nothing is no fault.

    Raises OrderNotFound for an order that this service never placed.
    """
    await take_in(reply.order_id, uow, lambda o: o.receive(reply.answer, now, reply.shortages))


async def take_in(order_id: UUID, uow: UnitOfWork, change: Callable[[Order], None]) -> None:
    """Tells an order anything else that was heard of it. Raises OrderNotFound as well."""
    change(await uow.orders.get(order_id))
