"""The stock of one SKU: buckets of units, and a movement for every change of them.

The units of a SKU are available, then reserved for an order, then sold. `returned` counts those of
the sold that came back: available + reserved + sold - returned is all that was ever put in.
Movements are what the auditor reads; they add up to the buckets, and leave none negative.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from inventory.domain.errors import NotEnoughStock, Shortage, StockOutOfStep


class MovementKind(StrEnum):
    """Why units moved."""

    ADJUSTED = "adjusted"
    RESERVED = "reserved"
    RELEASED = "released"
    EXPIRED = "expired"
    COMMITTED = "committed"
    RESTOCKED = "restocked"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of one SKU's buckets, in units. `cause` is a command's or adjustment's id."""

    sku: str
    kind: MovementKind
    cause: UUID
    available: int = 0
    reserved: int = 0
    sold: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """The available stock of a SKU left zero or came down to it."""

    sku: str
    in_stock: bool
    version: int


@dataclass(slots=True)
class Stock:
    """One SKU. `version` counts its AvailabilityChanged events, so that they have no gap."""

    sku: str
    available: int = 0
    reserved: int = 0
    sold: int = 0
    returned: int = 0
    version: int = 0
    movements: list[Movement] = field(default_factory=list)
    events: list[AvailabilityChanged] = field(default_factory=list)

    def adjust(self, units: int, cause: UUID) -> None:
        """The warehouse found or lost units. Raises NotEnoughStock below zero."""
        if self.available + units < 0:
            raise NotEnoughStock([Shortage(self.sku, -units, self.available)])
        self._move(Movement(self.sku, MovementKind.ADJUSTED, cause, available=units))

    def reserve(self, units: int, cause: UUID) -> None:
        """Holds units for an order. Raises NotEnoughStock."""
        if units > self.available:
            raise NotEnoughStock([Shortage(self.sku, units, self.available)])
        kind = MovementKind.RESERVED
        self._move(Movement(self.sku, kind, cause, available=-units, reserved=units))

    def release(self, units: int, cause: UUID, kind: MovementKind = MovementKind.RELEASED) -> None:
        """Gives held units back, because the order ended or the hold expired."""
        self._move(Movement(self.sku, kind, cause, available=units, reserved=-units))

    def commit(self, units: int, cause: UUID) -> None:
        """Held units are sold."""
        kind = MovementKind.COMMITTED
        self._move(Movement(self.sku, kind, cause, reserved=-units, sold=units))

    def restock(self, units: int, cause: UUID) -> None:
        """Sold units come back, because a committed order was cancelled."""
        kind = MovementKind.RESTOCKED
        self._move(Movement(self.sku, kind, cause, available=units, sold=-units))

    def take_back(self, units: int, cause: UUID) -> None:
        """Sold units come back from their customer; what was sold stays sold."""
        kind = MovementKind.RETURNED
        self._move(Movement(self.sku, kind, cause, available=units, returned=units))

    def _move(self, movement: Movement) -> None:
        was_in_stock = self.available > 0
        with_customers = self.sold + movement.sold - self.returned - movement.returned
        if self.reserved + movement.reserved < 0 or with_customers < 0:
            raise StockOutOfStep(self.sku)
        self.available += movement.available
        self.reserved += movement.reserved
        self.sold += movement.sold
        self.returned += movement.returned
        self.movements.append(movement)
        if (self.available > 0) != was_in_stock:
            self.version += 1
            event = AvailabilityChanged(self.sku, self.available > 0, self.version)
            self.events.append(event)
