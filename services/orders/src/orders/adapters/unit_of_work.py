"""One transaction of this service: orders, timeline, prices, inbox, outbox and keys together.

bootstrap.py makes one for each use case, timer run and batch of a consumer.
"""

from collections.abc import Iterable, Sequence
from typing import Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from orders.adapters.metrics import note_settled
from orders.adapters.order_repository import OrderRepository
from orders.adapters.price_book import SqlPriceBook
from orders.adapters.promotion_repository import PromotionRepository
from orders.adapters.timeline import TimelineBuffer
from orders.domain.moves import Status

_ENDED = (Status.REJECTED, Status.CANCELLED)


class OrdersUnitOfWork(SqlUnitOfWork):
    """The port `UnitOfWork`."""

    orders: OrderRepository
    prices: SqlPriceBook
    promotions: PromotionRepository
    timeline: TimelineBuffer

    def __init__(self, engine: AsyncEngine, *, preload: bool = False) -> None:
        """With `preload`, the orders that a batch is about are loaded by one statement."""
        super().__init__(engine)
        self._preload = preload

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.timeline = TimelineBuffer()
        self.orders = OrderRepository(self.connection, self.timeline)
        self.prices = SqlPriceBook(self.connection)
        self.promotions = PromotionRepository(self.connection)
        return self

    def collect(self) -> Iterable[tuple[str, Event]]:
        """Turns what the orders recorded into messages."""
        yield from self.orders.take_messages()

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        """Records the events in the inbox; returns the ids that were not there before."""
        new = await super().unseen(consumer, events)
        if self._preload and new:
            about = [event.subject for event in events if event.id in new]
            await self.orders.preload(filter(None, map(_uuid, about)))
        return new

    async def commit(self) -> None:
        """Writes what changed, wakes those who wait for an order to settle, and commits."""
        self.flush()
        settled = await self.orders.write()
        await self.promotions.give_back(order for order in settled if order.status in _ENDED)
        await self.prices.write()
        await super().commit()
        note_settled(settled)


def _uuid(subject: str) -> UUID | None:
    """The handler will complain about a subject that names no order."""
    try:
        return UUID(subject)
    except ValueError:
        return None
