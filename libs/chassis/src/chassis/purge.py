"""Forgets idempotency keys and inbox rows once nothing can ask for them; a worker of each service.

What an old inbox row guarded is guarded by the state itself. Kafka repeats what was not
committed, which is minutes old; but topics of events are kept for ever, and a group whose
offsets are lost starts at their beginning. So every handler leaves alone what it did before the
inbox forgot it. A rebuild of a read model empties the tables and the consumer's inbox first.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnClause, Delete, Table, any_, column, delete, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import upkeep
from chassis.logs import get_logger
from chassis.plumbing import Plumbing
from chassis.worker import Worker

# As long as Stripe keeps them: a client that retries for longer than a day has other troubles.
KEYS_KEPT = timedelta(hours=24)
# Commands stay in Kafka for 7 days, and so do the offsets of a group that is away.
INBOX_KEPT = timedelta(days=30)
BATCH = 1000
POLL_SECONDS = 600.0

log = get_logger(__name__)


class Purge:
    """Deletes the old rows of a service's plumbing. With `keys_kept` None its keys stay.

    `also` names the service's own tables with a `created_at` that are to be forgotten by age.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        plumbing: Plumbing,
        *,
        keys_kept: timedelta | None = KEYS_KEPT,
        also: Iterable[tuple[Table, timedelta]] = (),
        batch: int = BATCH,
    ) -> None:
        self._engine = engine
        self._ages: list[tuple[Table, timedelta]] = [(plumbing.inbox, INBOX_KEPT), *also]
        if keys_kept is not None:
            self._ages.append((plumbing.idempotency_keys, keys_kept))
        self._batch = batch

    async def step(self) -> bool:
        """Deletes a batch of each table, each in a transaction of its own.

        Returns True when there may be more: each batch holds its locks for milliseconds only.
        """
        counts = [await self._forget(table, age) for table, age in self._ages]
        return max(counts) == self._batch

    async def _forget(self, table: Table, age: timedelta) -> int:
        async with upkeep(self._engine) as connection:
            count = (await connection.execute(_forgetting(table, age, self._batch))).rowcount
        if count:
            log.info("purged", table=table.name, rows=count)
        return count


def _forgetting(table: Table, age: timedelta, batch: int) -> Delete:
    """Returns the statement; what another replica is deleting now is left to it."""
    row: ColumnClause[str] = column("ctid")
    old = (
        select(row)
        .select_from(table)
        .where(table.c.created_at < func.now() - age)
        .order_by(table.c.created_at)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    return delete(table).where(row == any_(func.array(old.scalar_subquery())))


def purge_worker(name: str, purge: Purge) -> Worker:
    """Makes the component that purges every ten minutes; `name` is the service's."""
    return Worker(f"{name}-purge", purge.step, poll_seconds=POLL_SECONDS)
