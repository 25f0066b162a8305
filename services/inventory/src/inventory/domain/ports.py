"""What the domain needs from the outside; `adapters/` and the tests' fakes implement it.

Use cases receive a unit of work: consumers hand in one that is open and commit it themselves,
the API and the worker hand in a new one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from inventory.domain.adjustment import Adjustment
from inventory.domain.reservation import Reservation
from inventory.domain.stock import Stock


class Stocks(Protocol):
    """The stock of every SKU."""

    async def lock(self, skus: Iterable[str]) -> Mapping[str, Stock]:
        """Returns the SKUs that exist, locked until the commit, in sorted order.

        What changes after a `flush` is asked for again, or its events are never heard.
        """
        ...

    def open(self, skus: Iterable[str]) -> None:
        """Gives each SKU that has none a record with nothing in stock."""
        ...


@dataclass(frozen=True, slots=True)
class OverdueHold:
    """A hold whose time is over, and the conversation and trace (W3C) in which it was made."""

    reservation: Reservation
    correlation_id: str
    traceparent: str | None


class Reservations(Protocol):
    """The holds, one for each order."""

    async def get(self, order_id: UUID) -> Reservation | None:
        """Returns an order's reservation, locked until the commit."""
        ...

    def add(self, reservation: Reservation) -> None:
        """Keeps a new reservation."""
        ...

    async def claim_overdue(self, now: datetime, limit: int) -> list[OverdueHold]:
        """Returns holds whose time is over and that no one else has locked, oldest first."""
        ...


class Adjustments(Protocol):
    """The warehouse's corrections."""

    def add(self, adjustment: Adjustment) -> None:
        """Keeps a new adjustment."""
        ...


class UnitOfWork(Protocol):
    """One transaction over everything that inventory owns."""

    @property
    def stocks(self) -> Stocks: ...

    @property
    def reservations(self) -> Reservations: ...

    @property
    def adjustments(self) -> Adjustments: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def flush(self) -> None:
        """Turns the domain events recorded so far into messages."""
        ...

    async def commit(self) -> None:
        """Writes changed stock, its movements, reservations and messages at once."""
        ...
