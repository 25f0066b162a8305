"""What was revoked and could still be alive: rows that a worker publishes and the attic forgets.

Written in the transaction that revokes; `RevocationBook` is its repository, and
`UnpublishedRevocations` hands the worker what the edges have not been told of.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import and_, exists, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth.adapters.tables import revocations as rows
from chassis.database import upkeep
from chassis.revocations import Revocation


class SqlRevocations:
    """Implements application.unit_of_work.RevokedTokens."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, revocations: Sequence[Revocation]) -> None:
        """What was revoked before stays revoked, from its first time."""
        values = [
            {"kind": entry.kind, "id": entry.id, "at": entry.at, "until": entry.until}
            for entry in revocations
        ]
        statement = insert(rows).values(published=False).on_conflict_do_nothing()
        await self._connection.execute(statement, values)

    async def covers(self, token_id: str, grant: str | None) -> bool:
        """Looks for the token itself and for what it came from."""
        named = or_(
            and_(rows.c.kind == "token", rows.c.id == token_id),
            and_(rows.c.kind == "grant", rows.c.id == (grant or "")),
        )
        answer = await self._connection.execute(select(exists().where(named)))
        return bool(answer.scalar_one())


class UnpublishedRevocations:
    """Implements application.publish_revocations.Unpublished."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def take(self, count: int) -> AsyncIterator[Sequence[Revocation]]:
        """Holds the rows meanwhile, so that another replica's worker takes others."""
        columns = (rows.c.kind, rows.c.id, rows.c.at, rows.c.until)
        waiting = select(*columns).where(~rows.c.published).order_by(rows.c.at).limit(count)
        async with upkeep(self._engine) as connection:
            found = await connection.execute(waiting.with_for_update(skip_locked=True))
            entries = [Revocation(*row) for row in found]
            yield entries
            told = tuple_(rows.c.kind, rows.c.id).in_([(e.kind, e.id) for e in entries])
            if entries:
                await connection.execute(update(rows).where(told).values(published=True))
