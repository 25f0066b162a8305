"""What the use cases need beside the domain's own ports: a transaction, reads, a wake-up.

bootstrap.py puts the adapters behind them; tests put the ones in memory there.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from chassis.envelope import Event
from chassis.idempotency import IdempotencyKey, StoredAnswer
from orders.application.views import OrderSummary, OrderView, PriceView
from orders.domain.order import Status
from orders.domain.owner import Owner
from orders.domain.ports import Carts, Orders, PriceBook
from orders.domain.pricing import Price


class Idempotency(Protocol):
    """The keys of clients' requests, inside the transaction of their effect."""

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Returns the stored answer; None for the first. Raises KeyReused or KeyInFlight."""

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keeps the answer; it commits with the effect."""


class UnitOfWork(Protocol):
    """One transaction over orders, prices, inbox, outbox and idempotency keys."""

    @property
    def orders(self) -> Orders:
        """The orders; what they record goes to the outbox with the commit."""

    @property
    def prices(self) -> PriceBook:
        """The read model of prices."""

    @property
    def idempotency(self) -> Idempotency:
        """The idempotency keys."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        """Records the events in the inbox; returns the ids that were not there before."""

    def flush(self) -> None:
        """Takes what the orders recorded so far into the outbox."""

    async def commit(self) -> None:
        """Makes all of it durable at once."""


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list; `owner` None is everyone's, for the staff."""

    owner: Owner | None
    status: Status | None = None
    reference: str | None = None
    updated_after: datetime | None = None


class OrderQueries(Protocol):
    """Reads of orders, straight from the store to a view."""

    async def read(self, order_id: UUID) -> OrderView:
        """Returns an order with its lines. Raises OrderNotFound."""

    async def page(
        self, wanted: OrderFilter, before: UUID | None, limit: int
    ) -> Sequence[OrderSummary]:
        """Returns up to `limit` orders, the newest first, from before that id on."""


class PriceQueries(Protocol):
    """Reads of the price read model outside a transaction."""

    async def of(self, skus: Iterable[str]) -> Mapping[str, Price]:
        """Returns the prices of those SKUs that are known."""

    async def page(self, after: str | None, limit: int) -> Sequence[PriceView]:
        """Returns up to `limit` prices by SKU, from after that SKU on."""


class Settlements(Protocol):
    """Tells a waiting request that an order is no longer pending, whoever settled it."""

    def watch(self, order_id: UUID) -> AbstractContextManager[asyncio.Event]:
        """Gives an event that is set when the order settles, while the context is open."""


@dataclass(frozen=True, slots=True)
class Container:
    """All that the API needs; bootstrap makes it, api/dependencies.py hands it out."""

    unit_of_work: Callable[[], UnitOfWork]
    carts: Carts
    orders: OrderQueries
    prices: PriceQueries
    settlements: Settlements
    clock: Callable[[], datetime]
