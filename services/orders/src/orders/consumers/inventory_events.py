"""What inventory answers to the saga's commands.

Bootstrap starts it as part of the saga's consumer group.
"""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel

from chassis.clock import utcnow
from chassis.delivery import Handler
from chassis.envelope import Event
from orders.application.advance_saga import Reply, advance_saga, take_in
from orders.application.ports import UnitOfWork
from orders.application.timeline import heard
from orders.domain import returns
from orders.domain.events import Shortage
from orders.domain.saga import Answer

TOPIC = "inventory.events"


class AboutOrder(BaseModel):
    """All that most answers are read for."""

    order_id: UUID


class Short(BaseModel):
    """A SKU of which there was not enough."""

    sku: str
    requested: int
    available: int


class StockRejected(AboutOrder):
    """Every SKU that was short."""

    shortages: list[Short]


class StockReturned(AboutOrder):
    """The goods of a return can be bought again."""

    return_id: UUID


async def stock_rejected(event: Event, uow: UnitOfWork) -> None:
    """Tells the order what was short."""
    data = event.parse(StockRejected)
    uow.timeline.add(heard(data.order_id, event))
    shortages = tuple(Shortage(s.sku, s.requested, s.available) for s in data.shortages)
    reply = Reply(data.order_id, Answer.STOCK_REJECTED, shortages)
    await advance_saga(reply, uow, utcnow())


async def stock_returned(event: Event, uow: UnitOfWork) -> None:
    """Tells the order that what came back is on the shelf."""
    data, now = event.parse(StockReturned), utcnow()
    uow.timeline.add(heard(data.order_id, event))
    return_id = data.return_id
    await take_in(data.order_id, uow, lambda o: returns.stock_returned(o, return_id, now))


def telling(answer: Answer) -> Handler[UnitOfWork]:
    """Returns a handler that passes this answer on."""

    async def handle(event: Event, uow: UnitOfWork) -> None:
        order_id = event.parse(AboutOrder).order_id
        uow.timeline.add(heard(order_id, event))
        await advance_saga(Reply(order_id, answer), uow, utcnow())

    return handle


HANDLERS: Mapping[str, Handler[UnitOfWork]] = {
    "inventory.stock_reserved.v1": telling(Answer.STOCK_RESERVED),
    "inventory.stock_rejected.v1": stock_rejected,
    "inventory.stock_committed.v1": telling(Answer.STOCK_COMMITTED),
    "inventory.stock_released.v1": telling(Answer.STOCK_RELEASED),
    "inventory.reservation_expired.v1": telling(Answer.RESERVATION_EXPIRED),
    "inventory.stock_returned.v1": stock_returned,
}
