"""Places orders by group commit: a unit of work whose transaction all who are waiting share.

A request reads outside any transaction. What it wants written is gathered, its messages made in
its own trace, and at the commit it is written with everyone else's (chassis/group_commit.py).
bootstrap.py makes one `Placements` a process, the API opens a unit of work for each request.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis import audit
from chassis.group_commit import GroupCommit, Outcome
from chassis.idempotency import IdempotencyKey, KeyInFlight, StoredAnswer
from chassis.sql_idempotency import IdempotencyKeys
from chassis.telemetry import concerns
from chassis.unit_of_work import OutboxRow, outbox_row
from orders.adapters.timeline import TimelineBuffer, take_messages
from orders.adapters.unit_of_work import OrdersUnitOfWork
from orders.application.ports import PriceQueries
from orders.application.timeline import Entry
from orders.domain.order import Order


@dataclass(frozen=True, slots=True)
class Placement:
    """All that one request wants written; `uses` are limited promotions, and who uses them."""

    order: Order
    key: IdempotencyKey
    answer: StoredAnswer
    entries: Sequence[Entry]
    rows: Sequence[OutboxRow]
    uses: tuple[Collection[UUID], str | None] | None


class Placements:
    """Where orders come into being, in groups of one transaction."""

    def __init__(self, engine: AsyncEngine, prices: PriceQueries) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._prices = prices
        self._group = GroupCommit[Placement](self._write)
        # The counts of limited promotions are locked: no group is to wait for them.
        self._alone = GroupCommit[Placement](self._write, most=1)

    def open(self) -> "PlacingUnitOfWork":
        """Returns a unit of work for one request."""
        return PlacingUnitOfWork(self, self._prices, self._reading)

    async def place(self, placement: Placement) -> None:
        """Makes it durable. Raises KeyInFlight, CartOrdered or PromotionUsedUp."""
        await (self._alone if placement.uses else self._group).commit(placement)

    async def _write(self, group: Sequence[Placement]) -> list[Outcome]:
        async with OrdersUnitOfWork(self._engine) as uow:
            # Of twins in one group the first has the key, with the answer that names its order.
            unlike = {(each.key.scope, each.key.key): each for each in reversed(group)}
            answers = [(each.key, each.answer) for each in unlike.values()]
            free = await uow.idempotency.store_all(answers)
            firsts = [each for key, each in unlike.items() if key in free]
            for each in firsts:
                for entry in each.entries:
                    uow.timeline.add(entry)
            refused = await uow.orders.add_all([each.order for each in firsts])
            if refused:
                spoilt = [each.key for each in firsts if each.order.id in refused]
                await uow.idempotency.forget(spoilt)
            for each in firsts:
                if each.order.id not in refused:
                    # Only now is it sure that no other order has the key or the cart.
                    if each.uses:
                        await uow.promotions.take(*each.uses)
                    uow.forward(each.rows)
            await uow.commit()
        stored = {each.order.id for each in firsts}
        return [
            refused.get(each.order.id) if each.order.id in stored else KeyInFlight(each.key.key)
            for each in group
        ]


class _NewOrders:
    """The port `NewOrders`."""

    order: Order

    async def add(self, order: Order) -> None:
        """See `NewOrders.add`."""
        self.order = order


class _Uses:
    """The port `PromotionUses`."""

    taken: tuple[Collection[UUID], str | None] | None = None

    async def take(self, ids: Collection[UUID], customer_id: str | None) -> None:
        """See `PromotionUses.take`."""
        self.taken = (ids, customer_id)


class _Answers:
    """The port `Answers`."""

    key: IdempotencyKey
    answer: StoredAnswer

    def __init__(self, reading: AsyncEngine) -> None:
        self._reading = reading

    async def find(self, key: IdempotencyKey) -> StoredAnswer | None:
        """See `Answers.find`."""
        async with self._reading.connect() as connection:
            return await IdempotencyKeys(connection).find(key)

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """See `Answers.store`."""
        self.key, self.answer = key, answer


class PlacingUnitOfWork(AbstractAsyncContextManager["PlacingUnitOfWork"]):
    """The port `Placing`: keeps everything until the commit, so nothing is left to end."""

    def __init__(self, placements: Placements, prices: PriceQueries, reading: AsyncEngine) -> None:
        self._placements = placements
        self.orders = _NewOrders()
        self.timeline = TimelineBuffer()
        self.prices = prices
        self.promotions = _Uses()
        self.idempotency = _Answers(reading)

    async def __aexit__(self, *_: object) -> None:
        """Forgets what was not committed: nobody else knows of it."""

    async def commit(self) -> None:
        """See `Placing.commit`."""
        order, answer = self.orders.order, self.idempotency.answer
        messages = take_messages(order, self.timeline)
        if (made := audit.change_made(outcome=answer.location)) is not None:
            messages.append((audit.TOPIC, made))
        concerns(str(order.id))
        await self._placements.place(
            Placement(
                order=order,
                key=self.idempotency.key,
                answer=answer,
                entries=self.timeline.take_entries(),
                rows=[outbox_row(topic, event) for topic, event in messages],
                uses=self.promotions.taken,
            )
        )
