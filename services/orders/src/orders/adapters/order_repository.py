"""Orders with their sagas in PostgreSQL, inside one transaction.

Placed orders are one statement. Loaded orders are locked, always in the order of their ids, so
that two batches never wait for each other; what changed on them is written by one statement a
table, whether one order changed or two hundred.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.envelope import Event
from orders.adapters import statements
from orders.adapters.later_life import Part, parts_of, puts
from orders.adapters.rows import AGGREGATES, to_order
from orders.adapters.tables import order_sagas, orders
from orders.adapters.timeline import TimelineBuffer, take_messages
from orders.domain.errors import CartOrdered, OrderNotFound
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.progress import Saga

_LOCK = (
    select(order_sagas.c.order_id)
    .where(order_sagas.c.order_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(order_sagas.c.order_id)
    .with_for_update()
)
_LOCK_OVERDUE = (
    select(order_sagas.c.order_id)
    .where(order_sagas.c.deadline <= bindparam("now"))
    .order_by(order_sagas.c.deadline)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
# A statement of its own: what waited for a lock would see the other tables as they were before.
_LOAD = AGGREGATES.where(order_sagas.c.order_id == any_(bindparam("ids", type_=ARRAY(Uuid))))


@dataclass(slots=True)
class _Loaded:
    """An order and what its rows say, to tell what has to be written."""

    order: Order
    status: Status
    row: tuple[Any, ...]
    saga: tuple[Any, ...]
    parts: tuple[Part, ...]


class OrderRepository:
    """The port `Orders`. Each order is loaded once a transaction."""

    def __init__(self, connection: AsyncConnection, timeline: TimelineBuffer) -> None:
        self._connection = connection
        self._timeline = timeline
        self._loaded: dict[UUID, _Loaded] = {}
        self._messages: list[tuple[str, Event]] = []

    async def add(self, order: Order) -> None:
        """See `NewOrders.add`."""
        for refusal in (await self.add_all([order])).values():
            raise refusal

    async def add_all(self, orders: Sequence[Order]) -> dict[UUID, CartOrdered]:
        """Stores new orders; returns the refusals by the ids of those that were not stored.

        Their messages are made now: the same statement tells of them.
        """
        for order in orders:
            self._mail(order)
        values = statements.placements(orders) | self._timeline.take()
        placed = set((await self._connection.execute(statements.PLACE, values)).scalars())
        late = [order for order in orders if order.id not in placed]
        return {order.id: CartOrdered(await self._order_of_cart(order.cart_id)) for order in late}

    async def get(self, order_id: UUID) -> Order:
        """See `Orders.get`."""
        if order_id not in self._loaded:
            await self.preload([order_id])
        if order_id not in self._loaded:
            raise OrderNotFound
        return self._loaded[order_id].order

    async def overdue(self, now: datetime, limit: int) -> Sequence[Order]:
        """See `Orders.overdue`."""
        values = {"now": now, "limit": limit}
        late = list((await self._connection.execute(_LOCK_OVERDUE, values)).scalars())
        await self._load(late)
        return [self._loaded[order_id].order for order_id in late]

    async def preload(self, order_ids: Iterable[UUID]) -> None:
        """Loads and locks many orders at once; unknown ids are left out."""
        missing = [order_id for order_id in set(order_ids) if order_id not in self._loaded]
        if missing:
            await self._connection.execute(_LOCK, {"ids": missing})
            await self._load(missing)

    def take_messages(self) -> Iterator[tuple[str, Event]]:
        """Yields (topic, event) of what the orders recorded since the last call."""
        for kept in self._loaded.values():
            self._mail(kept.order)
        messages, self._messages = self._messages, []
        yield from messages

    async def write(self) -> list[Order]:
        """Writes every changed order and the timeline; returns those whose status changed."""
        kept = list(self._loaded.values())
        self._loaded.clear()
        sagas = [one.order for one in kept if _saga(one.order) != one.saga]
        rows = [one.order for one in kept if _row(one.order) != one.row]
        settled = [one.order for one in kept if one.order.status is not one.status]
        if sagas or rows or self._timeline:
            values = statements.saga_moves(sagas) | statements.order_moves(rows)
            values |= {"settled": [order.id for order in settled]} | self._timeline.take()
            await self._connection.execute(statements.MOVE, values)
        for statement, parts in puts(_changed_parts(kept)):
            await self._connection.execute(statement, parts)
        return settled

    async def _order_of_cart(self, cart_id: UUID) -> UUID:
        query = select(orders.c.id).where(orders.c.cart_id == cart_id)
        order_id: UUID = (await self._connection.execute(query)).scalar_one()
        return order_id

    def _mail(self, order: Order) -> None:
        self._messages += take_messages(order, self._timeline)

    async def _load(self, ids: Sequence[UUID]) -> None:
        if not ids:
            return
        for order in map(to_order, await self._connection.execute(_LOAD, {"ids": list(ids)})):
            self._loaded[order.id] = _Loaded(
                order, order.status, _row(order), _saga(order), parts_of(order)
            )


def _row(order: Order) -> tuple[Any, ...]:
    money = order.account
    return (order.version, order.updated_at, money.captured, money.refunded)


def _saga(order: Order) -> tuple[Any, ...]:
    saga: Saga = order.saga
    return (saga.state, saga.awaiting, saga.deadline, saga.tries, order.messages)


def _changed_parts(kept: Iterable[_Loaded]) -> Iterator[tuple[UUID, Part]]:
    for one in kept:
        for part in parts_of(one.order):
            if part not in one.parts:
                yield one.order.id, part
