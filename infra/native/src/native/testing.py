"""Real servers for tests: the fixtures `engines` (the four servers) and `stack` (the whole shop).

A pytest plugin that the root conftest loads. `./souk test` starts one stack for all and names its
record in `SOUK_TEST_STACK`; without that, each pytest session starts its own in a temporary home,
on ports that are free, and stops it at the end. Starting is the command's work, in a process of its
own, so that a test run exercises what a user runs.
"""

import asyncio
import gc
import hashlib
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio

from native import record, topics
from native.children import run
from native.place import CHECKOUT
from native.record import Record
from native.sandbox import sandbox

ROLE = "tests"


@dataclass
class Engines:
    """Addresses of the four servers, and fresh databases and topics in them."""

    postgres_admin_dsn: str
    redis_url: str
    kafka_bootstrap: str
    mongo_url: str
    # Nobody drops what is made in them, and it goes with them.
    throwaway: bool = False
    _templates: dict[str, str] = field(default_factory=dict)
    _databases: list[str] = field(default_factory=list)

    async def database(self, service: str) -> str:
        """The URL of a fresh database with this service's newest tables; its role owns it alone."""
        template = self._templates.get(service)
        if template is None:
            template = self._templates[service] = self._template_of(service)
            await self._make_template(service, template)
        name = f"test_{service}_{uuid.uuid4().hex[:12]}"
        await self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {ROLE}')
        self._databases.append(name)
        return self._url(name)

    async def topic_prefix(self, names: Iterable[str] = ()) -> str:
        """A prefix that no other test has; topics `<prefix><name>` are made for the `names`."""
        prefix = f"t{uuid.uuid4().hex[:10]}."
        if names:
            await topics.create(self.kafka_bootstrap, [prefix + name for name in names])
        return prefix

    async def close(self) -> None:
        """Drop what was made; it costs the server a checkpoint each."""
        if self.throwaway:
            return
        for name in [*self._databases, *self._templates.values()]:
            await self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _template_of(self, service: str) -> str:
        """One for each state of the tables, or of this session where others may drop theirs."""
        if not self.throwaway:
            return f"template_{service}_{uuid.uuid4().hex[:12]}"
        state = hashlib.sha256()
        for file in sorted((CHECKOUT / "services" / service / "migrations").rglob("*.py")):
            state.update(file.read_bytes())
        return f"template_{service}_{state.hexdigest()[:12]}"

    async def _make_template(self, service: str, template: str) -> None:
        """Who comes first makes it, under another name until it is whole; the others wait."""
        async with self._admin() as admin:
            await admin.execute("SELECT pg_advisory_lock(hashtext($1))", template)
            if await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", template):
                return
            await admin.execute(
                f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'; "
                "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
            unfinished = f"{template}_{uuid.uuid4().hex[:12]}"
            await admin.execute(f'CREATE DATABASE "{unfinished}" OWNER {ROLE}')
            urls = {service: self._url(unfinished)}
            await run([sys.executable, "-m", "native.migrate"], given=json.dumps(urls))
            await admin.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{template}"')

    def _url(self, database: str) -> str:
        server = self.postgres_admin_dsn.partition("@")[2].partition("/")[0]
        return f"postgresql://{ROLE}:{ROLE}@{server}/{database}"

    async def _administer(self, statement: str) -> None:
        async with self._admin() as admin:
            await admin.execute(statement)

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[Any]:
        import asyncpg

        admin: Any = await asyncpg.connect(self.postgres_admin_dsn)
        try:
            yield admin
        finally:
            await admin.close()


def _from(found: Record) -> Engines:
    return Engines(
        found.postgres_admin_dsn,
        found.redis_url,
        found.kafka_bootstrap,
        found.mongo_url,
        found.throwaway,
    )


async def _own_stack(*words: str) -> AsyncIterator[Record]:
    """A stack for this session alone, in a home that vanishes with it."""
    with sandbox() as own:
        started = await asyncio.to_thread(own.up, *words)
        found = record.read(own.place.record)
        if started.returncode != 0 or found is None:
            raise RuntimeError(f"the servers did not start:\n{started.stdout}{started.stderr}")
        yield found


def _shared() -> Record | None:
    named = os.environ.get("SOUK_TEST_STACK")
    return record.read(Path(named)) if named else None


def pytest_configure(config: Any) -> None:
    """Tells pytest of the mark that `native.sharing` looks for, and collects no garbage yet."""
    config.addinivalue_line("markers", "in_each_process: runs last in each of a suite's processes")
    gc.disable()


def pytest_collection_finish() -> None:
    """What is imported by now stays; to look through it again and again took a third of a run."""
    gc.freeze()
    gc.enable()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engines() -> AsyncIterator[Engines]:
    """The four real servers."""
    shared = _shared()
    if shared is not None:
        servers = _from(shared)
        yield servers
        await servers.close()
        return
    async for own in _own_stack("--only", "engines"):
        yield _from(own)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Record]:
    """The whole shop, running: its record has the addresses and the operator's key."""
    shared = _shared()
    if shared is not None and not shared.engines_only:
        yield shared
        return
    async for own in _own_stack():
        yield own
