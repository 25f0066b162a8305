"""What the use cases need beside the domain's own ports: a transaction, reads, a wake-up.

bootstrap.py puts the adapters behind them; tests put the ones in memory there.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.envelope import Event
from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.transaction import Transaction
from orders.application.order_views import OrderSummary, OrderView
from orders.application.price_views import PriceView
from orders.application.timeline import Entry, TimelineView
from orders.domain.cart import Cart
from orders.domain.moves import Status
from orders.domain.owner import Owner
from orders.domain.ports import NewOrders, Orders, PriceBook, Promotions, PromotionUses
from orders.domain.pricing import Price
from orders.domain.promotions import Offered
from orders.domain.quote import Offers


class Idempotency(Protocol):
    """The keys of clients' requests, inside the transaction of their effect."""

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Returns the stored answer; None for the first. Raises KeyReused or KeyInFlight."""

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keeps the answer; it commits with the effect."""


class Answers(Protocol):
    """The keys of clients' requests, where nobody has to hold one: the first commit wins."""

    async def find(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Returns the answer that is stored by now. Raises KeyReused."""

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keeps the answer with the effect. KeyInFlight, now or at the commit: it has a twin."""


class Timeline(Protocol):
    """What happened to orders, written in the transaction that it happened in."""

    def add(self, entry: Entry) -> None:
        """Adds what just happened behind everything that happened before."""


class Work(Transaction, Protocol):
    """A transaction with what it tells of."""

    @property
    def timeline(self) -> Timeline:
        """What happened; the orders' own messages are added by themselves."""


class UnitOfWork(Work, Protocol):
    """One transaction over orders, timeline, prices, inbox, outbox and idempotency keys."""

    @property
    def orders(self) -> Orders:
        """The orders; what they record goes to the outbox with the commit."""

    @property
    def prices(self) -> PriceBook:
        """The read model of prices."""

    @property
    def promotions(self) -> Promotions:
        """The promotions and their uses."""

    @property
    def idempotency(self) -> Idempotency:
        """The idempotency keys."""

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        """Records the events in the inbox; returns the ids that were not there before."""

    def flush(self) -> None:
        """Takes what the orders recorded so far into the outbox."""


class Placing(Work, Protocol):
    """A unit of work that places an order, and shares its transaction with others of its kind."""

    @property
    def orders(self) -> NewOrders:
        """Where the order goes; what it records goes to the outbox with the commit."""

    @property
    def prices(self) -> "PriceQueries":
        """The prices and promotions of now."""

    @property
    def promotions(self) -> PromotionUses:
        """The uses of promotions."""

    @property
    def idempotency(self) -> Answers:
        """The idempotency keys."""

    async def commit(self) -> None:
        """Makes all of it durable at once. Raises KeyInFlight, CartOrdered or PromotionUsedUp."""


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


class Timelines(Protocol):
    """Reads of what happened to one order."""

    async def page(self, order_id: UUID, after: int, limit: int) -> Sequence[TimelineView]:
        """Returns up to `limit` entries, the oldest first, from after that position on."""


class PriceQueries(Protocol):
    """Reads of the price read model and of the promotions, outside a transaction."""

    async def offers(self, cart: Cart, now: datetime) -> Offers:
        """Returns the prices of the cart's SKUs, its codes' promotions and the automatic ones.

        Of those that ended before `now` only the ones that a code names are there.
        """

    async def of(self, skus: Iterable[str]) -> Mapping[str, Price]:
        """Returns the prices of those SKUs that are known."""

    async def page(self, after: str | None, limit: int) -> Sequence[PriceView]:
        """Returns up to `limit` prices by SKU, from after that SKU on."""


class PromotionQueries(Protocol):
    """Reads of promotions, with how often they were used."""

    async def read(self, promotion_id: UUID) -> Offered:
        """Returns one. Raises PromotionNotFound."""

    async def page(self, before: UUID | None, limit: int) -> Sequence[Offered]:
        """Returns up to `limit` promotions, the newest first, from before that id on."""


class Settlements(Protocol):
    """Tells a waiting request that an order is no longer pending, whoever settled it."""

    def watch(self, order_id: UUID) -> AbstractContextManager[asyncio.Event]:
        """Gives an event that is set when the order settles, while the context is open."""
