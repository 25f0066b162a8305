"""The runs of the reconciliation: asked for by staff or by the clock, kept with what they found.

The API's routes start and read them, the desk in `consumers/reconciliation_desk.py` carries them
out; `adapters/` implement the ports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from chassis import audit
from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.ids import uuid7
from payments.application.reconcile import Report
from payments.application.unit_of_work import UnitOfWork
from payments.domain.reconciliation import Difference


@dataclass(frozen=True, slots=True)
class Run:
    """One reconciliation of everything charged since a time."""

    id: UUID
    since: datetime


@dataclass(frozen=True, slots=True)
class RunView:
    """How far a run is; the counts are zero until it has ended."""

    id: UUID
    since: datetime
    requested_at: datetime
    ended_at: datetime | None
    charges: int
    payments: int
    in_flight: int
    differences: int


class ReconciliationDiary(Protocol):
    """What the desk needs of the store; each call is a transaction of its own."""

    async def schedule(self, run: Run, every: timedelta) -> None:
        """Ask for the run, unless one that looks as far back was, within the interval."""

    async def claim(self) -> Run | None:
        """The oldest run that is due, leased to this process."""

    async def finish(self, run: Run, report: Report) -> None:
        """Keep the report, once."""

    async def last_found(self) -> int:
        """How many differences the run found that ended last; none before the first."""


class ReconciliationQueries(Protocol):
    """Reads without locks."""

    async def run(self, run_id: UUID) -> RunView:
        """One run; raises ReconciliationNotFound."""

    async def runs(self, after: UUID | None, limit: int) -> Sequence[RunView]:
        """Newest first, at most `limit`."""

    async def differences(self, run_id: UUID) -> Sequence[Difference]:
        """What a run found, in the order of the provider's list."""


async def start_reconciliation(since: datetime, key: IdempotencyKey, uow: UnitOfWork) -> UUID:
    """Ask for a run together with the idempotency key, and commit; returns the run's id."""
    async with uow:
        stored = await uow.idempotency.claim(key)
        if stored is not None:
            return UUID((stored.location or "").rpartition("/")[2])
        run_id = uuid7()
        await uow.request_reconciliation(run_id, since)
        await uow.idempotency.store(key, StoredAnswer(202, location_of(run_id)))
        audit.about(run_id)
        await uow.commit()
        return run_id


def location_of(run_id: UUID) -> str:
    """The address of a run."""
    return f"/v1/payments/reconciliations/{run_id}"
