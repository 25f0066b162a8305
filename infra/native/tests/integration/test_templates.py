"""Test databases are copies of one template, which sessions on a throwaway server share."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from native.testing import Engines


async def tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows}


async def databases(engines: Engines) -> set[str]:
    admin = await asyncpg.connect(engines.postgres_admin_dsn)
    try:
        rows = await admin.fetch(
            "SELECT datname FROM pg_database WHERE datname LIKE 'template%pay%'"
        )
    finally:
        await admin.close()
    return {row["datname"] for row in rows}


@pytest.mark.parametrize(("throwaway", "count"), [(True, 1), (False, 3)])
async def test_sessions_that_begin_at_once_migrate_a_template_of_a_throwaway_server_once(
    engines: Engines, throwaway: bool, count: int
) -> None:
    sessions = [replace(engines, throwaway=throwaway, _templates={}, _databases=[]) for _ in "abc"]
    urls = await asyncio.gather(*(session.database("payments") for session in sessions))
    used = {session._templates["payments"] for session in sessions}
    assert len(used) == count
    assert used <= await databases(engines)
    assert len(set(urls)) == 3
    assert all("payments" in found for found in [await tables(url) for url in urls])
    for session in sessions:
        await replace(session, throwaway=False, _templates={}).close()
