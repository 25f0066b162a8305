"""What inventory answers to the saga's commands.

Bootstrap starts it as part of the saga's consumer group.
"""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel

from chassis.clock import utcnow
from chassis.delivery import Handler
from chassis.envelope import Event
from orders.application.advance_saga import Reply, advance_saga
from orders.application.ports import UnitOfWork
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


async def stock_rejected(event: Event, uow: UnitOfWork) -> None:
    """Tells the order what was short."""
    data = event.parse(StockRejected)
    shortages = tuple(Shortage(s.sku, s.requested, s.available) for s in data.shortages)
    reply = Reply(data.order_id, Answer.STOCK_REJECTED, shortages)
    await advance_saga(reply, uow, utcnow())


def telling(answer: Answer) -> Handler[UnitOfWork]:
    """Returns a handler that passes this answer on."""

    async def handle(event: Event, uow: UnitOfWork) -> None:
        await advance_saga(Reply(event.parse(AboutOrder).order_id, answer), uow, utcnow())

    return handle


HANDLERS: Mapping[str, Handler[UnitOfWork]] = {
    "inventory.stock_reserved.v1": telling(Answer.STOCK_RESERVED),
    "inventory.stock_rejected.v1": stock_rejected,
    "inventory.stock_committed.v1": telling(Answer.STOCK_COMMITTED),
    "inventory.stock_released.v1": telling(Answer.STOCK_RELEASED),
    "inventory.reservation_expired.v1": telling(Answer.RESERVATION_EXPIRED),
}
