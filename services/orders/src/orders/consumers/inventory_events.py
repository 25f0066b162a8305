"""What inventory answers to the saga's commands.

Bootstrap starts it as part of the saga's consumer group.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from chassis.clock import utcnow
from chassis.delivery import Handler
from chassis.envelope import Event
from orders.application.advance_saga import Reply, advance_saga
from orders.application.ports import UnitOfWork
from orders.application.timeline import heard
from orders.consumers.reading import AboutOrder, taking_in, telling
from orders.domain import returns
from orders.domain.events import Shortage
from orders.domain.order import Order
from orders.domain.saga import Answer

TOPIC = "inventory.events"


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


def stock_returned(order: Order, data: StockReturned, now: datetime) -> None:
    """Tells the order that what came back is on the shelf."""
    returns.stock_returned(order, data.return_id, now)


HANDLERS: Mapping[str, Handler[UnitOfWork]] = {
    "inventory.stock_reserved.v1": telling(Answer.STOCK_RESERVED),
    "inventory.stock_rejected.v1": stock_rejected,
    "inventory.stock_committed.v1": telling(Answer.STOCK_COMMITTED),
    "inventory.stock_released.v1": telling(Answer.STOCK_RELEASED),
    "inventory.reservation_expired.v1": telling(Answer.RESERVATION_EXPIRED),
    "inventory.stock_returned.v1": taking_in(StockReturned, stock_returned),
}
