"""Inventory's stores over the database in memory; its real unit of work and event mapping on top.

They lock as `inventory/adapters/` does: a batch takes all of its orders and SKUs before its first
command, in sorted order, and stock is changed by what moved and never by what was read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.context import current_conversation
from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from inventory.adapters.event_mapping import TOPIC, availability, order_of, reply, skus_of
from inventory.domain.errors import StockOutOfStep
from inventory.domain.ports import OverdueHold
from inventory.domain.reservation import Reservation, Status
from inventory.domain.stock import Stock
from tests.simulation.engine import Connection

BUCKETS = ("available", "reserved", "sold", "returned")


class Stocks:
    """The port `Stocks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._transaction = connection, connection.transaction
        self.known: dict[str, Stock] = {}

    async def lock(self, skus: Iterable[str]) -> Mapping[str, Stock]:
        wanted = sorted(set(skus))
        await self.preload(wanted)
        return {sku: self.known[sku] for sku in wanted if sku in self.known}

    async def preload(self, skus: Iterable[str]) -> None:
        missing = sorted(set(skus) - self.known.keys())
        if missing:
            await self._connection.ask("stock", lambda: self._load(missing))

    def open(self, skus: Iterable[str]) -> None:
        for sku in skus:
            self._transaction.database.tables["stock"].setdefault(sku, Stock(sku))

    async def write(self) -> None:
        changed = [stock for stock in self.known.values() if stock.movements]
        if changed:
            await self._connection.ask("stock write", lambda: self._write(changed))

    def _load(self, skus: Sequence[str]) -> None:
        for sku in skus:
            self._lock(sku)
            stored = self._transaction.find("stock", sku)
            if stored is not None:
                self.known[sku] = replace(stored, movements=[], events=[])

    def _lock(self, sku: str) -> None:
        self._transaction.lock("stock", sku)

    def _write(self, changed: Sequence[Stock]) -> None:
        for stock in changed:
            self._transaction.lock("stock", stock.sku)
        for stock in changed:
            row = self._transaction.find("stock", stock.sku)
            moved = {
                bucket: getattr(row, bucket) + sum(getattr(m, bucket) for m in stock.movements)
                for bucket in BUCKETS
            }
            if min(moved.values()) < 0:
                raise StockOutOfStep(stock.sku)
            self._transaction.working["stock", stock.sku] = replace(
                row, **moved, version=stock.version, movements=[], events=[]
            )
            self._record(stock)

    def _record(self, stock: Stock) -> None:
        log = self._transaction.database.tables["movements"]
        moves, stock.movements = stock.movements, []
        self._transaction.on_commit.append(
            lambda: log.update({len(log) + n: move for n, move in enumerate(moves)})
        )


class Reservations:
    """The port `Reservations`."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._transaction = connection, connection.transaction
        self.known: dict[UUID, Reservation | None] = {}
        self._new: dict[UUID, Reservation] = {}

    async def get(self, order_id: UUID) -> Reservation | None:
        await self.preload([order_id])
        return self.known[order_id]

    async def preload(self, order_ids: Iterable[UUID]) -> list[Reservation]:
        wanted = sorted(set(order_ids))
        missing = [order_id for order_id in wanted if order_id not in self.known]
        if missing:
            await self._connection.ask("reservations", lambda: self._load(missing))
        return [found for order_id in wanted if (found := self.known[order_id])]

    def add(self, reservation: Reservation) -> None:
        self.known[reservation.order_id] = self._new[reservation.order_id] = reservation
        conversations = self._transaction.database.tables["conversations"]
        conversations[reservation.order_id] = current_conversation().correlation_id

    async def claim_overdue(self, now: datetime, limit: int) -> list[OverdueHold]:
        holds: list[OverdueHold] = await self._connection.ask(
            "overdue", lambda: self._overdue(now, limit)
        )
        return holds

    async def write(self) -> None:
        new, self._new = self._new, {}
        if new:
            await self._connection.ask("hold", lambda: self._insert(new))

    def _load(self, order_ids: Sequence[UUID]) -> None:
        for order_id in order_ids:
            if self._transaction.find("reservations", order_id) is not None:
                self._transaction.lock("reservations", order_id)
        for order_id in order_ids:
            self.known[order_id] = self._transaction.copy("reservations", order_id)

    def _insert(self, new: Mapping[UUID, Reservation]) -> None:
        for order_id in new:
            self._transaction.lock("reservations", order_id)
        for order_id, reservation in new.items():
            self._transaction.insert("reservations", order_id, reservation)

    def _overdue(self, now: datetime, limit: int) -> list[OverdueHold]:
        tables = self._transaction.database.tables
        late = [
            r.order_id
            for r in tables["reservations"].values()
            if r.status is Status.HELD and r.expires_at and r.expires_at <= now
        ]
        free = [o for o in late if self._transaction.try_lock("reservations", o)][:limit]
        self._load(free)
        found = [(order_id, self.known[order_id]) for order_id in free]
        return [OverdueHold(r, tables["conversations"][o], None) for o, r in found if r]


class InventoryUnitOfWork(SqlUnitOfWork):
    """Stands for `inventory.adapters.unit_of_work.InventoryUnitOfWork`."""

    connection: Any
    adjustments: Any = None

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.stocks = Stocks(self.connection)
        self.reservations = Reservations(self.connection)
        return self

    def collect(self) -> Iterable[tuple[str, Event]]:
        for reservation in self.reservations.known.values():
            if reservation is not None:
                answers, reservation.events = reservation.events, []
                yield from ((TOPIC, reply(answer)) for answer in answers)
        for stock in self.stocks.known.values():
            changes, stock.events = stock.events, []
            yield from ((TOPIC, availability(change)) for change in changes)

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        new = await super().unseen(consumer, events)
        fresh = [event for event in events if event.id in new]
        orders = {order_id for event in fresh if (order_id := order_of(event))}
        if orders:
            known = await self.reservations.preload(orders)
            skus = {sku for event in fresh for sku in skus_of(event)}
            skus.update(sku for reservation in known for sku in reservation.lines)
            await self.stocks.preload(skus)
        return new

    async def commit(self) -> None:
        self.flush()
        await self.reservations.write()
        await self.stocks.write()
        await super().commit()
