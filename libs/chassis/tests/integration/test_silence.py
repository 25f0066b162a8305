"""A process that falls silent without its connections ending: a host without power, a dead link."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis import database, failpoints
from chassis import relay as relaying
from chassis.database import create_engine
from chassis.infrastructure import is_infrastructure
from chassis.unit_of_work import SqlUnitOfWork
from libs.chassis.tests.integration.sample import effects
from libs.chassis.tests.integration.test_relay_and_consumer import (
    _is_empty,
    commit,
    event,
    relay,
    running,
    until,
)


class Link:
    """Passes bytes to a server until it is cut; then both ends stay open and hear nothing."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._intact = asyncio.Event()
        self._intact.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._server)
        self._writers += [writer, back]
        self._tasks += [
            asyncio.create_task(self._pass(reader, back)),
            asyncio.create_task(self._pass(there, writer)),
        ]

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._intact.wait()
            writer.write(data)

    def cut(self) -> None:
        self._intact.clear()

    def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def linked(dsn: str) -> AsyncIterator[tuple[Link, str]]:
    """A link to the database, and the address at its near end."""
    place = urlsplit(dsn)
    link = Link(str(place.hostname), int(place.port or 5432))
    server = await asyncio.start_server(link.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    far = f"@{place.hostname}:{place.port}/"
    try:
        yield link, dsn.replace(far, f"@127.0.0.1:{port}/")
    finally:
        server.close()
        link.end()


async def test_another_relay_takes_over_from_one_that_fell_silent(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "SILENT_SECONDS", 3)
    async with linked(dsn) as (link, address):
        silent, other = (relay(place, engines.kafka_bootstrap) for place in (address, dsn))
        async with running(silent):
            await commit(engine, topic, [event("a", 1)])
            await until(lambda: _is_empty(engine))
            link.cut()
            async with running(other):
                await commit(engine, topic, [event("a", 2)])
                await until(lambda: _is_empty(engine), 10)
            link.end()


async def test_rows_are_not_locked_for_long_by_who_fell_silent(
    dsn: str, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SILENT_SECONDS", 1)
    async with engine.begin() as connection:
        await connection.execute(insert(effects).values(subject="a"))
    change = update(effects).values(subject="b")
    own = create_engine(dsn)
    silent = await SqlUnitOfWork(own).__aenter__()
    await silent.connection.execute(change)
    async with asyncio.timeout(5), engine.begin() as connection:
        await connection.execute(change)
    with pytest.raises(Exception) as met:
        await silent.commit()
    assert is_infrastructure(met.value)
    await silent.__aexit__(None, None, None)
    async with own.connect() as connection:
        await connection.execute(change)
    await own.dispose()


async def test_a_relay_that_was_held_for_too_long_begins_anew(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "SILENT_SECONDS", 2)
    failpoints.arm(failpoints.parse("relay.before_publish=sleep:4000@1"))
    try:
        await commit(engine, topic, [event("a", 1)])
        async with running(relay(dsn, engines.kafka_bootstrap)):
            await until(lambda: _is_empty(engine), 15)
    finally:
        failpoints.arm({})
