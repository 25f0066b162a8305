"""The goods of an order on their way: shipments to the buyer, and what comes back.

Immutable values that the order holds. They answer how many units of each SKU were shipped, arrived
and came back; no quantity is kept twice, so none can disagree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from orders.domain.errors import (
    MoreThanLeft,
    NothingLeft,
    RepeatedSku,
    ReturnClosed,
    ReturnNotFound,
    ShipmentDelivered,
    ShipmentNotFound,
)
from orders.domain.money import Money
from orders.domain.purchase import OrderLine

Quantities = Mapping[str, int]
"""Units by SKU, each at least one."""


class ChargeStatus(StrEnum):
    """Whether a shipment's share was taken. NONE: everything had been taken before."""

    NONE = "none"
    PENDING = "pending"
    CAPTURED = "captured"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Charge:
    """What a shipment costs the buyer, and why it could not be taken."""

    amount: Money
    status: ChargeStatus
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """What left together."""

    id: UUID
    quantities: Quantities
    charge: Charge
    shipped_at: datetime
    carrier: str | None = None
    tracking: str | None = None
    delivered_at: datetime | None = None


class ReturnStatus(StrEnum):
    """Asked for, and then in or refused."""

    REQUESTED = "requested"
    RECEIVED = "received"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Return:
    """Goods that come back. `refund` is what is owed for them, once they are received."""

    id: UUID
    quantities: Quantities
    reason: str
    status: ReturnStatus
    requested_at: datetime
    closed_at: datetime | None = None
    refund: Money | None = None
    refusal: str | None = None
    restocked: bool = False


Part = TypeVar("Part", Shipment, Return)


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """All shipments of one order and all its returns, the oldest first."""

    shipments: tuple[Shipment, ...] = ()
    returns: tuple[Return, ...] = ()

    @property
    def charges(self) -> tuple[Charge, ...]:
        """What each shipment costs."""
        return tuple(one.charge for one in self.shipments)

    @property
    def shipped(self) -> Quantities:
        """Units that left."""
        return _sum(one.quantities for one in self.shipments)

    @property
    def delivered(self) -> Quantities:
        """Units that arrived."""
        return _sum(one.quantities for one in self.shipments if one.delivered_at)

    @property
    def returned(self) -> Quantities:
        """Units that came back."""
        return _sum(r.quantities for r in self.returns if r.status is ReturnStatus.RECEIVED)

    def left_to_ship(self, lines: Sequence[OrderLine]) -> Quantities:
        """Units that were ordered and did not leave yet."""
        return _without({line.sku: line.quantity for line in lines}, self.shipped)

    @property
    def left_to_return(self) -> Quantities:
        """Units that arrived and that no return holds; a refused one holds none."""
        holding = [r for r in self.returns if r.status is not ReturnStatus.REFUSED]
        return _without(self.delivered, _sum(r.quantities for r in holding))

    def shipment(self, shipment_id: UUID) -> Shipment:
        """Returns one shipment. Raises ShipmentNotFound."""
        for one in self.shipments:
            if one.id == shipment_id:
                return one
        raise ShipmentNotFound

    def to_deliver(self, shipment_id: UUID) -> Shipment:
        """Returns one that is under way. Raises ShipmentNotFound or ShipmentDelivered."""
        found = self.shipment(shipment_id)
        if found.delivered_at is not None:
            raise ShipmentDelivered
        return found

    def returning(self, return_id: UUID) -> Return:
        """Returns one return. Raises ReturnNotFound."""
        for one in self.returns:
            if one.id == return_id:
                return one
        raise ReturnNotFound

    def to_close(self, return_id: UUID) -> Return:
        """Returns one that nobody decided on yet. Raises ReturnNotFound or ReturnClosed."""
        found = self.returning(return_id)
        if found.status is not ReturnStatus.REQUESTED:
            raise ReturnClosed(found.status)
        return found

    def put(self, part: Shipment | Return) -> "Fulfilment":
        """Takes in a new shipment or return, or a changed one in the place of the old."""
        if isinstance(part, Shipment):
            return replace(self, shipments=_put(self.shipments, part))
        return replace(self, returns=_put(self.returns, part))


def distinct(lines: Iterable[tuple[str, int]]) -> Quantities:
    """Returns lines as quantities. Raises RepeatedSku when one SKU stands in two of them."""
    listed = list(lines)
    counts = Counter(sku for sku, _ in listed)
    if repeated := [sku for sku, count in counts.items() if count > 1]:
        raise RepeatedSku(repeated)
    return dict(listed)


def chosen(wanted: Quantities | None, left: Quantities) -> Quantities:
    """Returns what is wanted of what is left, all of it for None.

    Raises MoreThanLeft with every SKU that is asked too much of, or NothingLeft.
    """
    if not left:
        raise NothingLeft
    if wanted is None:
        return left
    if excess := {sku: left.get(sku, 0) for sku in wanted if wanted[sku] > left.get(sku, 0)}:
        raise MoreThanLeft(excess)
    return wanted


def _sum(parts: Iterable[Quantities]) -> Quantities:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)


def _without(whole: Quantities, part: Quantities) -> Quantities:
    return {sku: n for sku in whole if (n := whole[sku] - part.get(sku, 0)) > 0}


def _put(parts: tuple[Part, ...], part: Part) -> tuple[Part, ...]:
    by_id = {one.id: one for one in parts}
    return tuple((by_id | {part.id: part}).values())
