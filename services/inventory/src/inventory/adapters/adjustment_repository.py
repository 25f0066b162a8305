"""Adjustments: written once, never changed.

The unit of work opens it beside the other repositories; the movements that an adjustment causes
are the stock repository's.
"""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from inventory.adapters.tables import adjustments as table
from inventory.domain.adjustment import Adjustment, AdjustmentLine


class SqlAdjustments:
    """The adjustments that one transaction makes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._new: list[Adjustment] = []

    def add(self, adjustment: Adjustment) -> None:
        """Keeps a new adjustment; `write` inserts it."""
        self._new.append(adjustment)

    async def write(self) -> None:
        """Inserts what was added."""
        if self._new:
            await self._connection.execute(insert(table), [_row(new) for new in self._new])
            self._new.clear()


def to_adjustment(row: Row[Any]) -> Adjustment:
    """Reads a row back."""
    lines = tuple(AdjustmentLine(**line) for line in row.lines)
    return Adjustment(row.id, row.reason, row.made_by, row.made_at, lines)


def _row(adjustment: Adjustment) -> dict[str, Any]:
    return {
        "id": adjustment.id,
        "reason": adjustment.reason,
        "made_by": adjustment.made_by,
        "made_at": adjustment.made_at,
        "lines": [asdict(line) for line in adjustment.lines],
    }
