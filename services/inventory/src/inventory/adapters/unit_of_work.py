"""Inventory's unit of work: stock, reservations, adjustments and messages in one transaction.

Use cases change objects in memory; `commit` writes them in a handful of statements, however
many commands the batch had. A consumer's batch takes all of its locks before the first command.
"""

from collections.abc import Iterable, Sequence
from typing import Self
from uuid import UUID

from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from inventory.adapters.adjustment_repository import SqlAdjustments
from inventory.adapters.event_mapping import TOPIC, availability, order_of, reply, skus_of
from inventory.adapters.reservation_repository import SqlReservations
from inventory.adapters.stock_repository import SqlStocks


class InventoryUnitOfWork(SqlUnitOfWork):
    """One transaction; `bootstrap` makes a new one for each use case or batch."""

    stocks: SqlStocks
    reservations: SqlReservations
    adjustments: SqlAdjustments

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.stocks = SqlStocks(self.connection)
        self.reservations = SqlReservations(self.connection)
        self.adjustments = SqlAdjustments(self.connection)
        return self

    def collect(self) -> Iterable[tuple[str, Event]]:
        """Yields the replies to the saga and the changes of availability."""
        for answered in self.reservations.events():
            yield TOPIC, reply(answered)
        for changed in self.stocks.events():
            yield TOPIC, availability(changed)

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        """Also locks, in sorted order, every order and SKU of the batch.

        Commands one after the other would lock in the order of their arrival, and two replicas
        with the same SKUs in other orders would stop each other.
        """
        new = await super().unseen(consumer, events)
        await self._lock_ahead([event for event in events if event.id in new])
        return new

    async def commit(self) -> None:
        """Writes what changed and commits it together with the messages."""
        self.flush()
        await self.reservations.write()
        await self.stocks.write()
        await self.adjustments.write()
        await super().commit()

    async def _lock_ahead(self, events: Sequence[Event]) -> None:
        orders = {order_id for event in events if (order_id := order_of(event))}
        if not orders:
            return
        known = await self.reservations.preload(orders)
        skus = {sku for event in events for sku in skus_of(event)}
        skus.update(sku for reservation in known for sku in reservation.lines)
        await self.stocks.preload(skus)
