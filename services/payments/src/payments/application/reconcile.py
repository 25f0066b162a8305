"""Compare our books with the provider's, charge by charge, and name every difference.

The reconciliation desk calls it; nothing is locked and nothing is changed. Money moves while it
reads, so whatever differs is looked at once more by itself before it is reported.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from payments.domain.ports import OwnBooks, ProviderBooks
from payments.domain.reconciliation import Charge, Difference, Position, compare


@dataclass(frozen=True, slots=True)
class Report:
    """How many charges and payments were compared, how many were just moving, and what differs."""

    charges: int
    payments: int
    in_flight: int
    differences: tuple[Difference, ...]


@dataclass(slots=True)
class _Round:
    """What the first look through both books found."""

    seen: set[UUID]
    suspects: list[tuple[UUID | None, str]]
    charges: int = 0
    payments: int = 0


async def reconcile(since: datetime, theirs: ProviderBooks, ours: OwnBooks) -> Report:
    """Raises ProviderUnavailable when the provider cannot be asked to the end."""
    found = _Round(set(), [])
    async for page in _pages_of_charges(since, theirs):
        await _compare_charges(page, ours, found)
    async for positions in _pages_of_payments(since, ours):
        _compare_payments(positions, found)
    in_flight, differences = 0, list[Difference]()
    for key, reference in found.suspects:
        again = await _look_again(key, reference, theirs, ours)
        in_flight += again is None
        differences += again or ()
    return Report(found.charges, found.payments, in_flight, tuple(differences))


async def _compare_charges(page: Iterable[Charge], ours: OwnBooks, found: _Round) -> None:
    charges = list(page)
    positions = await ours.positions([charge.key for charge in charges if charge.key])
    found.charges += len(charges)
    found.seen |= positions.keys()
    for charge in charges:
        position = positions.get(charge.key) if charge.key else None
        if compare(position, charge):
            found.suspects.append((charge.key, charge.reference))


def _compare_payments(positions: Iterable[Position], found: _Round) -> None:
    for position in positions:
        found.payments += 1
        if position.key not in found.seen:
            found.suspects.append((position.key, position.payment.reference or ""))


async def _look_again(
    key: UUID | None, reference: str, theirs: ProviderBooks, ours: OwnBooks
) -> list[Difference] | None:
    """None when the payment is moving: the next reconciliation will see where it went."""
    before = await _position(key, ours)
    charge = await theirs.charge(reference)
    after = await _position(key, ours)
    if any(found is not None and found.in_flight for found in (before, after)):
        return None
    if before and after and before.payment.version != after.payment.version:
        return None
    return compare(after, charge)


async def _position(key: UUID | None, ours: OwnBooks) -> Position | None:
    return None if key is None else (await ours.positions([key])).get(key)


async def _pages_of_charges(
    since: datetime, theirs: ProviderBooks
) -> AsyncIterator[Iterable[Charge]]:
    page = await theirs.charges(since, None)
    while page:
        yield page
        page = await theirs.charges(since, page[-1].reference)


async def _pages_of_payments(since: datetime, ours: OwnBooks) -> AsyncIterator[Iterable[Position]]:
    page = await ours.charged(since, None)
    while page:
        yield page
        page = await ours.charged(since, page[-1].payment.id)
