"""The stock held for one order, from the first command about it to the last.

The saga may send a command twice, or the compensation before the step it undoes. So a
reservation remembers how far it came, takes each step once, and answers every command with the
state it is in: a duplicate gets the same answer and has no second effect.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from inventory.domain.errors import MoreReturnedThanSold, Shortage
from inventory.domain.stock import MovementKind, Stock

Lines = Mapping[str, int]
"""Units by SKU."""

Shelf = Mapping[str, Stock]
"""The stock that a use case has locked, by SKU."""


class Status(StrEnum):
    """How far a reservation came. Only HELD stock can expire, and only COMMITTED is sold."""

    HELD = "held"
    REJECTED = "rejected"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ReservationAnswered:
    """What the saga is told: the state, numbered by `version` without a gap."""

    order_id: UUID
    version: int
    status: Status
    expires_at: datetime | None = None
    shortages: tuple[Shortage, ...] = ()


@dataclass(frozen=True, slots=True)
class StockReturned:
    """What a return brought back, numbered with the reservation's other answers."""

    order_id: UUID
    version: int
    return_id: UUID
    lines: Lines


@dataclass(slots=True)
class Reservation:
    """One order's hold; `expires_at` is None where nothing was ever held.

    `returns` are the units that came back, by the return's id.
    """

    order_id: UUID
    status: Status
    lines: Lines = field(default_factory=dict)
    expires_at: datetime | None = None
    shortages: tuple[Shortage, ...] = ()
    returns: Mapping[UUID, Lines] = field(default_factory=dict)
    version: int = 0
    events: list[ReservationAnswered | StockReturned] = field(default_factory=list)

    @classmethod
    def make(
        cls, order_id: UUID, lines: Lines, shelf: Shelf, *, until: datetime, cause: UUID
    ) -> "Reservation":
        """Holds every line until then, or holds nothing and names every SKU that is short."""
        shortages = tuple(_shortages(lines, shelf))
        if shortages:
            rejected = cls(order_id, Status.REJECTED, shortages=shortages)
            rejected.answer()
            return rejected
        for sku, units in lines.items():
            shelf[sku].reserve(units, cause)
        held = cls(order_id, Status.HELD, dict(lines), expires_at=until)
        held.answer()
        return held

    @classmethod
    def released_in_advance(cls, order_id: UUID) -> "Reservation":
        """Remembers a compensation that overtook its step, so that the step holds nothing."""
        released = cls(order_id, Status.RELEASED)
        released.answer()
        return released

    def answer(self) -> None:
        """Tells the saga the state as it is now."""
        self.version += 1
        event = ReservationAnswered(
            self.order_id, self.version, self.status, self.expires_at, self.shortages
        )
        self.events.append(event)

    def commit(self, shelf: Shelf, cause: UUID) -> None:
        """Sells what is held, though its time be over: it is ours until it has expired."""
        if self.status is Status.HELD:
            for sku, units in self.lines.items():
                shelf[sku].commit(units, cause)
            self.status = Status.COMMITTED
        self.answer()

    def release(self, shelf: Shelf, cause: UUID) -> None:
        """Gives back what is held, or restocks what was sold; whatever the state, it ends here."""
        if self.status is Status.HELD:
            for sku, units in self.lines.items():
                shelf[sku].release(units, cause)
        elif self.status is Status.COMMITTED:
            for sku, units in self._with_customer().items():
                shelf[sku].restock(units, cause)
        self.status = Status.RELEASED
        self.answer()

    def take_back(self, return_id: UUID, lines: Lines, shelf: Shelf, cause: UUID) -> None:
        """Puts units that were sold on the shelf again, once for each return.

        Raises MoreReturnedThanSold for units that this order did not buy or brought back before.
        """
        if return_id not in self.returns:
            left = self._with_customer() if self.status is Status.COMMITTED else {}
            if excess := [sku for sku in lines if lines[sku] > left.get(sku, 0)]:
                raise MoreReturnedThanSold(self.order_id, excess)
            for sku, units in lines.items():
                shelf[sku].take_back(units, cause)
            self.returns = {**self.returns, return_id: dict(lines)}
        self.version += 1
        back = self.returns[return_id]
        self.events.append(StockReturned(self.order_id, self.version, return_id, back))

    def _with_customer(self) -> Lines:
        """What was bought and did not come back."""
        back: Counter[str] = Counter()
        for lines in self.returns.values():
            back.update(lines)
        return {sku: units - back[sku] for sku, units in self.lines.items() if units > back[sku]}

    def expire(self, shelf: Shelf, now: datetime, cause: UUID) -> None:
        """Gives back what nobody committed in time; does nothing before that or otherwise."""
        if self.status is not Status.HELD or self.expires_at is None or self.expires_at > now:
            return
        for sku, units in self.lines.items():
            shelf[sku].release(units, cause, MovementKind.EXPIRED)
        self.status = Status.EXPIRED
        self.answer()


def _shortages(lines: Lines, shelf: Shelf) -> list[Shortage]:
    """An unknown SKU is short as well: there is none of it."""
    stocks = {sku: shelf.get(sku) or Stock(sku) for sku in sorted(lines)}
    return [
        Shortage(sku, lines[sku], stock.available)
        for sku, stock in stocks.items()
        if stock.available < lines[sku]
    ]
