"""A correction by the warehouse: units found, lost, delivered or broken.

All of its lines are booked or none, so that a file of opening stock is either in or out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory.domain.errors import DuplicateSkus, NotEnoughStock, Shortage, UnknownSkus
from inventory.domain.reservation import Shelf


@dataclass(frozen=True, slots=True)
class AdjustmentLine:
    """The change of one SKU's available stock, in units; never zero."""

    sku: str
    delta: int


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Who changed which stock by how much, and why."""

    id: UUID
    reason: str
    made_by: str
    made_at: datetime
    lines: tuple[AdjustmentLine, ...]

    def book(self, shelf: Shelf) -> None:
        """Applies all lines or none. Raises DuplicateSkus, UnknownSkus or NotEnoughStock."""
        _require_distinct(self.lines)
        unknown = [line.sku for line in self.lines if line.sku not in shelf]
        if unknown:
            raise UnknownSkus(unknown)
        shortages = [
            Shortage(line.sku, -line.delta, shelf[line.sku].available)
            for line in self.lines
            if shelf[line.sku].available + line.delta < 0
        ]
        if shortages:
            raise NotEnoughStock(shortages)
        for line in self.lines:
            shelf[line.sku].adjust(line.delta, self.id)


def _require_distinct(lines: Sequence[AdjustmentLine]) -> None:
    counts = Counter(line.sku for line in lines)
    twice = [sku for sku, count in counts.items() if count > 1]
    if twice:
        raise DuplicateSkus(twice)
