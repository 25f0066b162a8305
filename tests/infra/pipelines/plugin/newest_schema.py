"""Runs in the pytest of the version before: gives its tests databases of the newest schema.

`tests/infra/pipelines/previous.py` loads it with `-p`, with that version's code on the path. It
stands where that version's `native.testing` would be, for that one would run its own migrations.
SOUK_NEWEST names the servers, and the database that the newest migrations have filled.
"""

import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import asyncpg
import pytest_asyncio
from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass
class Engines:
    """What that version's tests ask of their servers."""

    postgres_admin_dsn: str
    redis_url: str
    kafka_bootstrap: str
    mongo_url: str
    templates: dict[str, str]

    async def database(self, service: str) -> str:
        """The URL of a copy of the database that the newest migrations made."""
        name = f"previous_{service}_{uuid.uuid4().hex[:12]}"
        admin: Any = await asyncpg.connect(self.postgres_admin_dsn)
        try:
            template = self.templates[service]
            await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER tests')
        finally:
            await admin.close()
        server = self.postgres_admin_dsn.partition("@")[2].partition("/")[0]
        return f"postgresql://tests:tests@{server}/{name}"

    async def topic_prefix(self, names: Iterable[str] = ()) -> str:
        """A prefix that no other test has."""
        from native import topics

        prefix = f"t{uuid.uuid4().hex[:10]}."
        await topics.create(self.kafka_bootstrap, [prefix + name for name in names])
        return prefix


sys.modules["native.testing"] = ModuleType("native.testing", "PYTEST_DONT_REWRITE")
sys.modules["native.testing"].__dict__["Engines"] = Engines


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engines() -> AsyncIterator[Engines]:
    """The servers that run."""
    yield Engines(**json.loads(os.environ["SOUK_NEWEST"]))


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def _empty_the_tables_it_does_not_know(
    connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any
) -> tuple[str, Any]:
    """Its fixtures empty the tables that it knows; newer ones refer to them."""
    return (f"{statement} CASCADE" if statement.startswith("TRUNCATE ") else statement), parameters
