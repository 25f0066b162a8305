"""On a real PostgreSQL: migrations wait their turn, give up early, and never run backwards."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from chassis.migrations import _MIGRATION_LOCK

ENV = """
from sqlalchemy import MetaData
from chassis.migrations import run_migrations
run_migrations(MetaData())
"""
REVISION = """
from alembic import op
revision, down_revision = {revision!r}, {down!r}
def upgrade():
{body}
def downgrade():
    op.execute("DROP TABLE IF EXISTS things")
"""
TABLE = """    op.execute("CREATE TABLE things (id int, name text)")"""
INDEX = """    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY things_by_name ON things (name)")"""
COLUMN = """    op.execute("ALTER TABLE things ADD COLUMN more int")"""


class Version:
    """One version of a service: a folder of migrations, and `alembic` over it."""

    def __init__(self, folder: Path, address: str, bodies: Sequence[str]) -> None:
        self._folder, self._address = folder, address
        versions = folder / "migrations" / "versions"
        versions.mkdir(parents=True)
        (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        (folder / "migrations" / "env.py").write_text(ENV)
        for number, body in enumerate(bodies, start=1):
            down = f"{number - 1:04}" if number > 1 else None
            text = REVISION.format(revision=f"{number:04}", down=down, body=body)
            (versions / f"{number:04}.py").write_text(text)

    async def alembic(self, *words: str) -> tuple[int, str]:
        """The exit code, and all that was said."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "alembic", *words),
            cwd=self._folder,
            env={**os.environ, "SOUK_DATABASE_URL": self._address},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(child.communicate(), 60)
        assert child.returncode is not None
        return child.returncode, said.decode()


@pytest.fixture
async def address(engines: Any) -> AsyncIterator[str]:
    """An empty database, dropped at the end."""
    name = f"migrated_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(engines.postgres_admin_dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    yield engines.postgres_admin_dsn.rsplit("/", 1)[0] + f"/{name}"
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def test_who_waits_its_turn_holds_no_transaction_that_an_index_would_wait_for(
    tmp_path: Path, address: str
) -> None:
    version = Version(tmp_path / "v", address, [TABLE, INDEX, COLUMN])
    first = await asyncpg.connect(address)
    await first.execute(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
    await first.execute("CREATE TABLE big (name text); SET statement_timeout = '10s'")
    second = asyncio.create_task(version.alembic("upgrade", "head"))
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    while await first.fetchval(others) < 2 and not second.done():
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    assert await first.fetchval("SELECT to_regclass('alembic_version')") is None
    await first.execute("CREATE INDEX CONCURRENTLY big_by_name ON big (name)")
    await first.execute(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})")
    code, said = await second
    assert code == 0, said
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'things_by_name'::regclass"
    assert await first.fetchval(valid) is True
    assert await first.fetchval("SELECT version_num FROM alembic_version") == "0003"
    await first.close()


async def test_the_version_before_leaves_a_later_schema_as_it_is(
    tmp_path: Path, address: str
) -> None:
    later = Version(tmp_path / "later", address, [TABLE, COLUMN])
    before = Version(tmp_path / "before", address, [TABLE])
    assert (await later.alembic("upgrade", "head"))[0] == 0
    code, said = await before.alembic("upgrade", "head")
    assert code == 0, said
    database = await asyncpg.connect(address)
    assert await database.fetchval("SELECT version_num FROM alembic_version") == "0002"
    await database.execute("UPDATE alembic_version SET version_num = '0000'")
    await database.close()
    code, said = await before.alembic("upgrade", "head")
    assert code != 0, "a revision that nobody knows is no later version"
    assert "Can't locate revision" in said


async def test_the_version_before_cannot_downgrade_what_it_does_not_know(
    tmp_path: Path, address: str
) -> None:
    await Version(tmp_path / "later", address, [TABLE, COLUMN]).alembic("upgrade", "head")
    before = Version(tmp_path / "before", address, [TABLE])
    code, said = await before.alembic("downgrade", "base")
    assert code != 0
    assert "Can't locate revision" in said


async def test_a_migration_that_waits_for_a_busy_table_gives_up_and_keeps_what_was_done(
    tmp_path: Path, address: str
) -> None:
    version = Version(tmp_path / "v", address, [TABLE, COLUMN])
    assert (await version.alembic("upgrade", "0001"))[0] == 0
    reader = await asyncpg.connect(address)
    holding = reader.transaction()
    await holding.start()
    await reader.execute("SELECT * FROM things")
    code, said = await version.alembic("upgrade", "head")
    assert code != 0
    assert "lock timeout" in said
    await holding.rollback()
    code, said = await version.alembic("upgrade", "head")
    assert code == 0, said
    await reader.close()


async def test_the_sql_of_a_migration_is_written_without_a_database(tmp_path: Path) -> None:
    version = Version(tmp_path / "v", "postgresql://nobody@127.0.0.1:1/none", [TABLE, COLUMN])
    code, said = await version.alembic("upgrade", "0001:0002", "--sql")
    assert code == 0, said
    assert "ALTER TABLE things ADD COLUMN more int;" in said
    assert "CREATE TABLE things" not in said
