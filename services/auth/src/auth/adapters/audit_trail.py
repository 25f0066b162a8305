"""The audit trail in PostgreSQL: implements the ports of `application/audit_trail.py`.

Ids are UUIDv7, so newest first is the id downwards, and a page starts behind the last id seen.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth.adapters.tables_audit import audit_entries as table
from auth.application.audit_trail import AuditEntry, AuditFilter
from chassis.unit_of_work import SqlUnitOfWork


class SqlTrail:
    """The trail inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, entry: AuditEntry) -> None:
        """Writes an entry down; one that is there stays as it is, which the inbox may forget."""
        statement = insert(table).values(asdict(entry)).on_conflict_do_nothing()
        await self._connection.execute(statement)


class SqlTrailUnitOfWork(SqlUnitOfWork):
    """The unit of work of the trail's consumer."""

    trail: SqlTrail

    async def __aenter__(self) -> Self:
        """Opens the connection and the trail on it."""
        await super().__aenter__()
        self.trail = SqlTrail(self.connection)
        return self


class SqlAuditReads:
    """Each read is a connection from the pool and one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def entries(
        self, wanted: AuditFilter, before: UUID | None, limit: int
    ) -> Sequence[AuditEntry]:
        """Returns up to `limit` entries behind `before`, newest first."""
        page = select(table).order_by(table.c.id.desc()).limit(limit)
        for column, value in (
            (table.c.actor, wanted.actor),
            (table.c.target, wanted.target),
            (table.c.operation, wanted.operation),
        ):
            if value is not None:
                page = page.where(column == value)
        if wanted.since is not None:
            page = page.where(table.c.at >= wanted.since)
        if before is not None:
            page = page.where(table.c.id < before)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(page)).mappings()
            return [AuditEntry(**{**row, "roles": tuple(row["roles"])}) for row in rows]
