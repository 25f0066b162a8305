"""Runs a service's Alembic migrations over asyncpg; its `migrations/env.py` calls this.

The address comes from SOUK_DATABASE_URL, or from `sqlalchemy.url` where a test or the native
stack migrates several services in one process.
"""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, MetaData, pool
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import sqlalchemy_url

# Two processes that start together migrate one after the other.
_MIGRATION_LOCK = 7_700_417


def run_migrations(metadata: MetaData) -> None:
    """Brings the database to the revision that Alembic was asked for."""
    dsn = context.config.get_main_option("sqlalchemy.url") or os.environ["SOUK_DATABASE_URL"]
    asyncio.run(_migrate(dsn, metadata))


async def _migrate(dsn: str, metadata: MetaData) -> None:
    engine = create_async_engine(sqlalchemy_url(dsn), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run, metadata)
        await connection.commit()
    await engine.dispose()


def _run(connection: Connection, metadata: MetaData) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        context.run_migrations()
