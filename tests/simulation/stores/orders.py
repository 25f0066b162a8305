"""Orders' stores over the database in memory; its real unit of work and event mapping on top.

They do what `orders/adapters/order_repository.py` does with the same locks: an order is locked when
it is loaded, a cart makes one order, and timers pass over what another holds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from orders.adapters.event_mapping import to_message
from orders.application.timeline import Entry
from orders.domain.errors import CartOrdered, OrderNotFound
from orders.domain.order import Order
from orders.testing.memory_carts import MemoryCarts
from orders.testing.memory_orders import MemoryPrices
from orders.testing.memory_promotions import MemoryPromotions
from tests.simulation.engine import Connection
from tests.simulation.world import World


class Orders:
    """The port `Orders`."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._transaction = connection, connection.transaction
        self._loaded: dict[UUID, Order] = {}

    async def add(self, order: Order) -> None:
        await self._connection.ask("place", lambda: self._place(order))
        self._loaded[order.id] = order

    async def get(self, order_id: UUID) -> Order:
        await self.preload([order_id])
        if order_id not in self._loaded:
            raise OrderNotFound
        return self._loaded[order_id]

    async def overdue(self, now: datetime, limit: int) -> Sequence[Order]:
        found: list[Order] = await self._connection.ask(
            "overdue", lambda: self._overdue(now, limit)
        )
        return found

    async def preload(self, order_ids: Iterable[UUID]) -> None:
        missing = sorted(set(order_ids) - self._loaded.keys())
        if missing:
            await self._connection.ask("orders", lambda: self._load(missing))

    def take_messages(self) -> Iterable[tuple[str, Event]]:
        for order in list(self._loaded.values()):
            recorded, order.recorded = order.recorded, []
            yield from (to_message(order, fact) for fact in recorded)

    def _place(self, order: Order) -> None:
        transaction = self._transaction
        transaction.lock("carts", order.cart_id)
        if (other := transaction.find("carts", order.cart_id)) is not None:
            raise CartOrdered(other)
        transaction.working["carts", order.cart_id] = order.id
        transaction.insert("orders", order.id, order)

    def _load(self, order_ids: Sequence[UUID]) -> None:
        for order_id in order_ids:
            if self._transaction.find("orders", order_id) is not None:
                self._transaction.lock("orders", order_id)
                self._loaded[order_id] = self._transaction.copy("orders", order_id)

    def _overdue(self, now: datetime, limit: int) -> list[Order]:
        stored = self._transaction.database.tables["orders"].values()
        late = [o for o in stored if o.saga.deadline and o.saga.deadline <= now]
        late.sort(key=lambda order: (order.saga.deadline, order.id))
        free = [o.id for o in late if self._transaction.try_lock("orders", o.id)][:limit]
        self._load(free)
        return [self._loaded[order_id] for order_id in free]


class Timeline(list[Entry]):
    """The port `Timeline`; nobody reads it here."""

    def add(self, entry: Entry) -> None:
        self.append(entry)


class OrdersUnitOfWork(SqlUnitOfWork):
    """Stands for `orders.adapters.unit_of_work.OrdersUnitOfWork`."""

    connection: Any
    promotions = MemoryPromotions()
    prices = MemoryPrices(promotions)

    def __init__(self, engine: Any, *, preload: bool = False) -> None:
        super().__init__(engine)
        self._preload = preload

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.orders = Orders(self.connection)
        self.timeline = Timeline()
        return self

    def collect(self) -> Iterable[tuple[str, Event]]:
        yield from self.orders.take_messages()

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        new = await super().unseen(consumer, events)
        if self._preload and new:
            await self.orders.preload(UUID(e.subject) for e in events if _names_order(e, new))
        return new


class Carts(MemoryCarts):
    """The port `Carts`: each call is an exchange with Redis."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def get(self, cart_id: UUID, owner: Any) -> Any:
        await self._world.op("read", "cart read", lambda: None)
        return await super().get(cart_id, owner)

    async def close(self, cart_id: UUID, owner: Any, order_id: UUID) -> None:
        await self._world.op("read", "cart close", lambda: None)
        await super().close(cart_id, owner, order_id)


def _names_order(event: Event, new: set[UUID]) -> bool:
    try:
        UUID(event.subject)
    except ValueError:
        return False
    return event.id in new
