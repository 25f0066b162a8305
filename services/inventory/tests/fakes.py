"""Inventory in memory: a unit of work over a warehouse that forgets what was not committed.

The unit and API tests use it; `integration/test_unit_of_work.py` runs the same behaviour
against PostgreSQL, so that the fake stays honest.
"""

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self, TypeVar
from uuid import UUID

from chassis.envelope import Event
from chassis.idempotency import IdempotencyKey, KeyReused, StoredAnswer
from inventory.application.queries import MovementView, StockView
from inventory.domain.adjustment import Adjustment
from inventory.domain.ports import OverdueHold
from inventory.domain.reservation import Reservation, ReservationAnswered, Status, StockReturned
from inventory.domain.stock import AvailabilityChanged, Movement, Stock

Result = TypeVar("Result")
NOON = datetime.fromisoformat("2026-11-22T12:00:00+00:00")


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Runs a use case over fakes: nothing in it ever waits, so no event loop is needed."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: Result = finished.value
        return result
    raise AssertionError("the use case waited for something")


@dataclass
class Warehouse:
    """What is committed."""

    stocks: dict[str, Stock] = field(default_factory=dict)
    reservations: dict[UUID, Reservation] = field(default_factory=dict)
    adjustments: dict[UUID, Adjustment] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    answers: dict[tuple[str, str], tuple[str, StoredAnswer]] = field(default_factory=dict)
    inbox: set[tuple[str, UUID]] = field(default_factory=set)
    replies: list[ReservationAnswered | StockReturned] = field(default_factory=list)
    changes: list[AvailabilityChanged] = field(default_factory=list)
    commits: int = 0

    def put(self, **units: int) -> Self:
        """Puts available units on the shelf: `put(_85123A=10)`."""
        for name, count in units.items():
            sku = name.removeprefix("_")
            self.stocks[sku] = Stock(sku, available=count)
        return self

    def draft(self) -> "Warehouse":
        """Returns a copy whose changes are not seen here."""
        return Warehouse(
            stocks={s.sku: replace(s, movements=[], events=[]) for s in self.stocks.values()},
            reservations={r.order_id: replace(r, events=[]) for r in self.reservations.values()},
            adjustments=dict(self.adjustments),
            movements=list(self.movements),
            answers=dict(self.answers),
            inbox=set(self.inbox),
            replies=list(self.replies),
            changes=list(self.changes),
            commits=self.commits,
        )

    def buckets(self, sku: str) -> tuple[int, int, int]:
        """Returns available, reserved and sold."""
        stock = self.stocks[sku]
        return stock.available, stock.reserved, stock.sold

    def answers_given(self) -> list[str]:
        """Returns the statuses that were answered, and "returned" for a return."""
        return [
            r.status if isinstance(r, ReservationAnswered) else "returned" for r in self.replies
        ]


class FakeUnitOfWork:
    """Works on a copy of the warehouse, which replaces it at commit."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.stocks: FakeUnitOfWork = self
        self.reservations: FakeUnitOfWork = self
        self.adjustments: FakeUnitOfWork = self
        self.idempotency: FakeUnitOfWork = self

    async def __aenter__(self) -> Self:
        self.draft = self.warehouse.draft()
        self.asked_for: dict[str, Stock] = {}
        return self

    async def __aexit__(self, *_: object) -> None:
        self.draft = self.warehouse.draft()

    async def commit(self) -> None:
        self.flush()
        self.draft.commits += 1
        self.warehouse.__dict__.update(self.draft.draft().__dict__)

    def flush(self) -> None:
        for reservation in self.draft.reservations.values():
            self.draft.replies += reservation.events
            reservation.events.clear()
        for stock in self.draft.stocks.values():
            self.draft.movements += stock.movements
            stock.movements.clear()
        for stock in self.asked_for.values():
            self.draft.changes += stock.events
            stock.events.clear()
        self.asked_for = {}

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        new = {e.id for e in events if (consumer, e.id) not in self.draft.inbox}
        self.draft.inbox |= {(consumer, event_id) for event_id in new}
        return new

    async def lock(self, skus: Iterable[str]) -> Mapping[str, Stock]:
        shelf = {sku: self.draft.stocks[sku] for sku in skus if sku in self.draft.stocks}
        self.asked_for |= shelf
        return shelf

    def open(self, skus: Iterable[str]) -> None:
        for sku in skus:
            self.draft.stocks.setdefault(sku, Stock(sku))

    async def get(self, order_id: UUID) -> Reservation | None:
        return self.draft.reservations.get(order_id)

    def add(self, new: Reservation | Adjustment) -> None:
        if isinstance(new, Reservation):
            self.draft.reservations[new.order_id] = new
        else:
            self.draft.adjustments[new.id] = new

    async def claim_overdue(self, now: datetime, limit: int) -> list[OverdueHold]:
        held = [r for r in self.draft.reservations.values() if r.status is Status.HELD]
        overdue = [r for r in held if r.expires_at and r.expires_at <= now]
        return [OverdueHold(r, "conversation-1", None) for r in overdue][:limit]

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        return await self.find(key)

    async def find(self, key: IdempotencyKey) -> StoredAnswer | None:
        fingerprint, answer = self.draft.answers.get((key.scope, key.key), (None, None))
        if fingerprint is not None and fingerprint != key.fingerprint:
            raise KeyReused(key.key)
        return answer

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        self.draft.answers[key.scope, key.key] = (key.fingerprint, answer)


class FakeQueries:
    """The reads, over what is committed."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    async def stock(self, sku: str) -> StockView | None:
        stock = self.warehouse.stocks.get(sku)
        return _view(stock) if stock else None

    async def stocks(self, after: str, limit: int) -> Sequence[StockView]:
        behind = sorted(sku for sku in self.warehouse.stocks if sku > after)
        return [_view(self.warehouse.stocks[sku]) for sku in behind[:limit]]

    async def movements(self, sku: str, after: int, limit: int) -> Sequence[MovementView]:
        numbered = enumerate(self.warehouse.movements, start=1)
        behind = [(n, m) for n, m in numbered if m.sku == sku and n > after]
        return [
            MovementView(n, m.kind, m.available, m.reserved, m.sold, m.returned, m.cause, NOON)
            for n, m in behind[:limit]
        ]

    async def adjustment(self, adjustment_id: UUID) -> Adjustment | None:
        return self.warehouse.adjustments.get(adjustment_id)


def _view(stock: Stock) -> StockView:
    return StockView(stock.sku, stock.available, stock.reserved, stock.sold, stock.returned)
