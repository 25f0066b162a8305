"""What the consumers of orders read alike, and how most of them take a message in.

The modules beside it say which message means what; each declares only the fields that it uses.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from chassis.clock import utcnow
from chassis.delivery import Handler
from chassis.envelope import Event
from orders.application.advance_saga import Reply, advance_saga, take_in
from orders.application.ports import UnitOfWork
from orders.application.timeline import heard
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.saga import Answer


class Amount(BaseModel):
    """Minor units and an ISO 4217 code."""

    amount: int
    currency: str

    def money(self) -> Money:
        """Returns the domain's value."""
        return Money(self.amount, self.currency)


class AboutOrder(BaseModel):
    """All that most answers are read for."""

    order_id: UUID


Data = TypeVar("Data", bound=AboutOrder)


def telling(answer: Answer) -> Handler[UnitOfWork]:
    """Returns a handler that passes this answer on to the saga."""

    async def handle(event: Event, uow: UnitOfWork) -> None:
        order_id = event.parse(AboutOrder).order_id
        uow.timeline.add(heard(order_id, event))
        await advance_saga(Reply(order_id, answer), uow, utcnow())

    return handle


def taking_in(
    model: type[Data], change: Callable[[Order, Data, datetime], None]
) -> Handler[UnitOfWork]:
    """Returns a handler that tells the order what the message says, as `change` does it."""

    async def handle(event: Event, uow: UnitOfWork) -> None:
        data, now = event.parse(model), utcnow()
        uow.timeline.add(heard(data.order_id, event))
        await take_in(data.order_id, uow, lambda order: change(order, data, now))

    return handle
