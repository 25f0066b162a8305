"""Orders with their sagas in PostgreSQL, inside one transaction.

A placed order is one statement. Loaded orders are locked, always in the order of their ids, so
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

from orders.adapters import statements
from orders.adapters.rows import AGGREGATES, to_order
from orders.adapters.tables import order_sagas, orders
from orders.domain.errors import CartOrdered, OrderNotFound
from orders.domain.events import Recorded
from orders.domain.order import Order
from orders.domain.progress import Saga

_LOAD = (
    AGGREGATES.where(order_sagas.c.order_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(order_sagas.c.order_id)
    .with_for_update(of=order_sagas)
)
_OVERDUE = (
    AGGREGATES.where(order_sagas.c.deadline <= bindparam("now"))
    .order_by(order_sagas.c.deadline)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(of=order_sagas, skip_locked=True)
)


@dataclass(slots=True)
class _Loaded:
    """An order and what its rows say, to tell what has to be written."""

    order: Order
    version: int
    saga: tuple[Any, ...]


class OrderRepository:
    """The port `Orders`. Each order is loaded once a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._loaded: dict[UUID, _Loaded] = {}
        self._added: list[Order] = []

    async def add(self, order: Order) -> None:
        """See `Orders.add`."""
        values = statements.placement(order)
        if (await self._connection.execute(statements.PLACE, values)).first() is None:
            raise CartOrdered(await self._order_of_cart(order.cart_id))
        self._added.append(order)

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
        found = [to_order(row) for row in await self._connection.execute(_OVERDUE, values)]
        self._keep(found)
        return found

    async def preload(self, order_ids: Iterable[UUID]) -> None:
        """Loads and locks many orders at once; unknown ids are left out."""
        missing = [order_id for order_id in set(order_ids) if order_id not in self._loaded]
        if not missing:
            return
        self._keep(
            [to_order(row) for row in await self._connection.execute(_LOAD, {"ids": missing})]
        )

    def take_recorded(self) -> Iterator[tuple[Order, Recorded]]:
        """Yields what the orders recorded since the last call."""
        for order in (*self._added, *(kept.order for kept in self._loaded.values())):
            if order.recorded:
                recorded, order.recorded = order.recorded, []
                yield from ((order, fact) for fact in recorded)

    async def write(self) -> list[Order]:
        """Writes every changed order; returns those whose status changed."""
        sagas = [kept.order for kept in self._loaded.values() if _state(kept.order) != kept.saga]
        moved = [k.order for k in self._loaded.values() if k.order.version != k.version]
        if sagas:
            await self._connection.execute(statements.MOVE_SAGAS, statements.saga_moves(sagas))
        if moved:
            await self._connection.execute(statements.MOVE_ORDERS, statements.order_moves(moved))
        self._loaded.clear()
        return moved

    async def _order_of_cart(self, cart_id: UUID) -> UUID:
        query = select(orders.c.id).where(orders.c.cart_id == cart_id)
        order_id: UUID = (await self._connection.execute(query)).scalar_one()
        return order_id

    def _keep(self, found: Iterable[Order]) -> None:
        for order in found:
            self._loaded[order.id] = _Loaded(order, order.version, _state(order))


def _state(order: Order) -> tuple[Any, ...]:
    saga: Saga = order.saga
    return (saga.state, saga.awaiting, saga.deadline, saga.tries, order.messages)
