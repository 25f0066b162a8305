"""Runs a service's Alembic migrations over asyncpg; its `migrations/env.py` calls this.

The address comes from SOUK_DATABASE_URL, or from `sqlalchemy.url` where a test or the native
stack migrates several services in one process. What makes it safe under a shop that is open:
`docs/delivery.md`.
"""

import asyncio
import os
import time

from alembic import context
from sqlalchemy import Connection, MetaData, pool
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import sqlalchemy_url
from chassis.logs import get_logger

# Two processes that start together migrate one after the other.
_MIGRATION_LOCK = 7_700_417
_LOOK_AGAIN = 0.2  # seconds
# A statement that waits for a table's lock makes every later one wait behind it. It gives up
# before clients do, and the migration is tried again.
_LOCK_TIMEOUT = "4s"

_log = get_logger(__name__)


def run_migrations(metadata: MetaData) -> None:
    """Brings the database to the revision that Alembic was asked for, or writes the SQL for it.

    A database that a later version of the service has migrated already is left as it is: every
    migration leaves the version before it working, so that a roll-back needs none.
    """
    if context.is_offline_mode():
        context.configure(
            dialect_name="postgresql", literal_binds=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
        return
    dsn = context.config.get_main_option("sqlalchemy.url") or os.environ["SOUK_DATABASE_URL"]
    asyncio.run(_migrate(dsn, metadata))


async def _migrate(dsn: str, metadata: MetaData) -> None:
    engine = create_async_engine(sqlalchemy_url(dsn), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run, metadata)
        await connection.commit()
    await engine.dispose()


def _run(connection: Connection, metadata: MetaData) -> None:
    # A transaction for each migration: its locks are gone when the next one begins.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        transaction_per_migration=True,
    )
    _wait_for_turn(connection)
    if _is_ahead(connection):
        return
    connection.exec_driver_sql(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
    connection.commit()
    with context.begin_transaction():
        context.run_migrations()


def _wait_for_turn(connection: Connection) -> None:
    """Take the session's lock, without a transaction that CREATE INDEX CONCURRENTLY waits for."""
    while True:
        asked = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_MIGRATION_LOCK})")
        taken = asked.scalar_one()
        connection.commit()
        if taken:
            return
        time.sleep(_LOOK_AGAIN)


def _is_ahead(connection: Connection) -> bool:
    """Whether the newest was asked for, and the database has a revision later than that."""
    there = context.get_context().get_current_heads()
    connection.commit()
    ours = {script.revision for script in context.script.walk_revisions()}
    newest = max(ours)
    ahead = [revision for revision in there if revision not in ours and revision > newest]
    if not ahead or _asked_for() != newest:
        return False
    _log.info("schema_of_a_later_version", revision=ahead[0], newest_known=newest)
    return True


def _asked_for() -> object:
    """The revision to go to; None where a command only looks."""
    try:
        return context.get_revision_argument()
    except KeyError:
        return None
