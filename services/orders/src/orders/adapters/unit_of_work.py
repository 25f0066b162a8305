"""One transaction of this service: orders, prices, inbox, outbox and keys commit together.

bootstrap.py makes one for each use case, timer run and batch of a consumer.
"""

from collections.abc import Iterable, Sequence
from typing import Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from orders.adapters.event_mapping import to_message
from orders.adapters.metrics import orders_settled
from orders.adapters.order_repository import OrderRepository
from orders.adapters.price_book import SqlPriceBook
from orders.adapters.statements import ANNOUNCE, SETTLED_CHANNEL
from orders.adapters.tables import plumbing


class OrdersUnitOfWork(SqlUnitOfWork):
    """The port `UnitOfWork`."""

    orders: OrderRepository
    prices: SqlPriceBook

    def __init__(self, engine: AsyncEngine, *, preload: bool = False) -> None:
        """With `preload`, the orders that a batch is about are loaded by one statement."""
        super().__init__(engine, plumbing)
        self._preload = preload

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.orders = OrderRepository(self.connection)
        self.prices = SqlPriceBook(self.connection)
        return self

    def collect(self) -> Iterable[tuple[str, Event]]:
        """Turns what the orders recorded into messages."""
        for order, recorded in self.orders.take_recorded():
            yield to_message(order, recorded)

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
        moved = await self.orders.write()
        await self.prices.write()
        if moved:
            values = {"channel": SETTLED_CHANNEL, "ids": [order.id for order in moved]}
            await self.connection.execute(ANNOUNCE, values)
        await super().commit()
        for order in moved:
            orders_settled.labels(order.status).inc()


def _uuid(subject: str) -> UUID | None:
    """The handler will complain about a subject that names no order."""
    try:
        return UUID(subject)
    except ValueError:
        return None
