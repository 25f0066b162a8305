"""The reconciliations in PostgreSQL: which are asked for, which are due, and what they found.

The desk writes through `SqlReconciliationDiary`, the API reads through it too. A claimed run is
leased, so that one whose process died is carried out again; its report is kept once.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import upkeep
from payments.adapters.tables import reconciliation_differences, reconciliations
from payments.application.reconcile import Report
from payments.application.reconciliations import Run, RunView
from payments.domain.errors import ReconciliationNotFound
from payments.domain.reconciliation import Difference, Kind

CHANNEL = "reconciliations"
_LEASE = timedelta(minutes=10)
# A run that staff asked for is as good as the clock's only if it looks back as far.
_SCHEDULE = text(
    """
INSERT INTO reconciliations (id, since) SELECT :id, CAST(:since AS timestamptz)
WHERE NOT EXISTS (
    SELECT FROM reconciliations WHERE requested_at > now() - CAST(:every AS interval)
    AND since <= CAST(:since AS timestamptz)
)
"""
)
_CLAIM = text(
    """
UPDATE reconciliations SET due_at = now() + CAST(:lease AS interval)
WHERE id = (SELECT id FROM reconciliations WHERE ended_at IS NULL AND due_at <= now()
            ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, since
"""
)


class SqlReconciliationDiary:
    """Implements `ReconciliationDiary` and `ReconciliationQueries`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def schedule(self, run: Run, every: timedelta) -> None:
        async with upkeep(self._engine) as connection:
            values = {"id": run.id, "since": run.since, "every": every}
            await connection.execute(_SCHEDULE, values)

    async def claim(self) -> Run | None:
        async with upkeep(self._engine) as connection:
            row = (await connection.execute(_CLAIM, {"lease": _LEASE})).one_or_none()
        return None if row is None else Run(row.id, row.since)

    async def finish(self, run: Run, report: Report) -> None:
        found = [_row(run, n, each) for n, each in enumerate(report.differences, 1)]
        counts = {name: getattr(report, name) for name in ("charges", "payments", "in_flight")}
        mine = reconciliations.c.id == run.id
        unended = update(reconciliations).where(mine, reconciliations.c.ended_at.is_(None))
        done = unended.values(ended_at=func.now(), differences=len(found), **counts)
        async with upkeep(self._engine) as connection:
            if (await connection.execute(done)).rowcount and found:
                await connection.execute(insert(reconciliation_differences), found)

    async def last_found(self) -> int:
        ended = select(reconciliations.c.differences).where(reconciliations.c.ended_at.is_not(None))
        last = ended.order_by(reconciliations.c.ended_at.desc()).limit(1)
        async with self._engine.connect() as connection:
            return await connection.scalar(last) or 0

    async def run(self, run_id: UUID) -> RunView:
        statement = select(reconciliations).where(reconciliations.c.id == run_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise ReconciliationNotFound(f"There is no reconciliation {run_id}.")
        return _view(row)

    async def runs(self, after: UUID | None, limit: int) -> Sequence[RunView]:
        statement = select(reconciliations).order_by(reconciliations.c.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(reconciliations.c.id < after)
        async with self._engine.connect() as connection:
            return [_view(row) for row in await connection.execute(statement)]

    async def differences(self, run_id: UUID) -> Sequence[Difference]:
        found = reconciliation_differences.c
        statement = (
            select(reconciliation_differences)
            .where(found.reconciliation_id == run_id)
            .order_by(found.number)
        )
        async with self._engine.connect() as connection:
            return [_difference(row) for row in await connection.execute(statement)]


def _row(run: Run, number: int, found: Difference) -> dict[str, object]:
    return {
        "reconciliation_id": run.id,
        "number": number,
        "kind": found.kind.value,
        "reference": found.reference,
        "payment_id": found.payment_id,
        "order_id": found.order_id,
        "ours": found.ours,
        "theirs": found.theirs,
    }


def _view(row: Row[tuple[object, ...]]) -> RunView:
    counts = (row.charges, row.payments, row.in_flight, row.differences)
    return RunView(row.id, row.since, row.requested_at, row.ended_at, *counts)


def _difference(row: Row[tuple[object, ...]]) -> Difference:
    where = (row.reference, row.payment_id, row.order_id)
    return Difference(Kind(row.kind), *where, row.ours, row.theirs)
