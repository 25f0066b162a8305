"""Reservation rows, locked when read and written together before the commit.

New rows are plain inserts: should two transactions ever meet the same order for the first time,
one of them fails and is run again, instead of both holding stock.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Uuid

from chassis.context import current_conversation
from chassis.telemetry import current_traceparent
from inventory.adapters.tables import reservations as table
from inventory.domain.errors import Shortage
from inventory.domain.ports import OverdueHold
from inventory.domain.reservation import Reservation, ReservationAnswered, Status, StockReturned

_FIND = (
    select(table)
    .where(table.c.order_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(table.c.order_id)
    .with_for_update()
)
_OVERDUE = (
    select(table)
    .where(table.c.status == Status.HELD.value, table.c.expires_at <= bindparam("now"))
    .order_by(table.c.expires_at)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_UPDATE = (
    update(table)
    .where(table.c.order_id == bindparam("id"))
    .values(
        status=bindparam("new_status"),
        version=bindparam("new_version"),
        returns=bindparam("new_returns", type_=JSONB),
    )
)


class SqlReservations:
    """The reservations that one transaction has read or made."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._known: dict[UUID, Reservation | None] = {}
        self._new: dict[UUID, dict[str, Any]] = {}
        self._touched: dict[UUID, Reservation] = {}
        self._to_write: dict[UUID, Reservation] = {}

    async def get(self, order_id: UUID) -> Reservation | None:
        """Returns an order's reservation, locked; None where there is none yet."""
        await self.preload([order_id])
        reservation = self._known[order_id]
        if reservation is not None:
            self._touched[order_id] = reservation
        return reservation

    async def preload(self, order_ids: Iterable[UUID]) -> list[Reservation]:
        """Locks at once what the commands of a batch are about; returns what there is."""
        wanted = set(order_ids)
        missing = sorted(wanted - self._known.keys())
        if missing:
            rows = await self._connection.execute(_FIND, {"ids": missing})
            self._known.update(dict.fromkeys(missing))
            self._known.update({row.order_id: _reservation(row) for row in rows})
        return [found for order_id in wanted if (found := self._known[order_id])]

    def add(self, reservation: Reservation) -> None:
        """Keeps a new reservation, and the conversation and trace in which it was made."""
        order_id = reservation.order_id
        self._known[order_id] = self._touched[order_id] = reservation
        self._new[order_id] = {
            "correlation_id": current_conversation().correlation_id,
            "traceparent": current_traceparent(),
        }

    async def claim_overdue(self, now: datetime, limit: int) -> list[OverdueHold]:
        """Returns overdue holds that no one else has locked, oldest first."""
        rows = (await self._connection.execute(_OVERDUE, {"now": now, "count": limit})).all()
        holds = [OverdueHold(_reservation(r), r.correlation_id, r.traceparent) for r in rows]
        self._touched.update({hold.reservation.order_id: hold.reservation for hold in holds})
        return holds

    def events(self) -> list[ReservationAnswered | StockReturned]:
        """Takes the events recorded since the last call."""
        spoken = [reservation for reservation in self._touched.values() if reservation.events]
        events = [event for reservation in spoken for event in reservation.events]
        for reservation in spoken:
            reservation.events.clear()
            self._to_write[reservation.order_id] = reservation
            self._touched.pop(reservation.order_id)
        return events

    async def write(self) -> None:
        """Inserts new rows and updates those whose events were taken."""
        new = [self._to_write[order_id] for order_id in self._new]
        if new:
            rows = [_row(reservation) | self._new[reservation.order_id] for reservation in new]
            await self._connection.execute(insert(table), rows)
        changed = [r for order_id, r in self._to_write.items() if order_id not in self._new]
        if changed:
            await self._connection.execute(_UPDATE, [_change(r) for r in changed])
        self._new.clear()
        self._to_write.clear()


def _reservation(row: Row[Any]) -> Reservation:
    return Reservation(
        order_id=row.order_id,
        status=Status(row.status),
        lines=row.lines,
        expires_at=row.expires_at,
        shortages=tuple(Shortage(**shortage) for shortage in row.shortages),
        returns={UUID(return_id): lines for return_id, lines in row.returns.items()},
        version=row.version,
    )


def _row(reservation: Reservation) -> dict[str, Any]:
    return {
        "order_id": reservation.order_id,
        "status": reservation.status.value,
        "version": reservation.version,
        "lines": dict(reservation.lines),
        "shortages": [asdict(shortage) for shortage in reservation.shortages],
        "expires_at": reservation.expires_at,
    }


def _change(reservation: Reservation) -> dict[str, Any]:
    return {
        "id": reservation.order_id,
        "new_status": reservation.status.value,
        "new_version": reservation.version,
        "new_returns": {str(return_id): lines for return_id, lines in reservation.returns.items()},
    }
