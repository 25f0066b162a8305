"""A document that was acknowledged is there after `kill -9`, whatever the moment of the kill."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from native.place import Place
from native.ports import free_base
from native.process import accepts

WRITERS = 8


@asynccontextmanager
async def server(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The document server on `folder`, listening."""
    program = (sys.executable, "-m", "native.engines.document_server")
    jars = str(Place.from_environment().jars / "documents")
    child = await asyncio.create_subprocess_exec(*program, jars, str(folder), str(port))
    try:
        await asyncio.wait_for(_listens(port), 60)
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        await child.wait()


async def _listens(port: int) -> None:
    while True:
        try:
            accepts(port)
            return
        except OSError:
            await asyncio.sleep(0.05)


def client(port: int) -> AsyncMongoClient[dict[str, object]]:
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true&journal=true"
    return AsyncMongoClient(url, serverSelectionTimeoutMS=30000, retryWrites=False)


class Killer:
    """Kills the server the moment its writers have heard so many acknowledgements."""

    def __init__(self, pid: int, after: int) -> None:
        self.acknowledged: dict[str, int] = {}
        self._pid = pid
        self._left = after

    def heard(self, key: str, value: int) -> None:
        """Note an acknowledged value."""
        self.acknowledged[key] = value
        self._left -= 1
        if self._left == 0:
            os.kill(self._pid, signal.SIGKILL)


async def write(port: int, killer: Killer) -> None:
    """Insert and update from several clients until the server is gone."""

    async def writer(number: int, documents: AsyncMongoClient[dict[str, object]]) -> None:
        products = documents["catalog"]["products"]
        key = f"writer-{number}"
        with contextlib.suppress(PyMongoError):
            await products.insert_one({"_id": key, "value": 0, "pad": "x" * 2000})
            for value in range(1, 1_000_000):
                await products.update_one({"_id": key}, {"$set": {"value": value}})
                killer.heard(key, value)

    async with client(port) as documents:
        await asyncio.gather(*(writer(number, documents) for number in range(WRITERS)))


@pytest.mark.parametrize("writes", [1, 40, 333, 1000])
async def test_acknowledged_writes_survive_a_kill(tmp_path: Path, writes: int) -> None:
    port = free_base()
    async with server(tmp_path, port) as child:
        killer = Killer(child.pid, writes)
        await write(port, killer)
        await child.wait()
    async with server(tmp_path, port), client(port) as documents:
        rows = documents["catalog"]["products"].find({}, {"value": 1})
        found = {str(row["_id"]): int(str(row["value"])) async for row in rows}
    lost = {key: n for key, n in killer.acknowledged.items() if found.get(key, -1) < n}
    assert lost == {}


async def test_an_orderly_stop_keeps_indexes_and_documents(tmp_path: Path) -> None:
    port = free_base()
    async with server(tmp_path, port), client(port) as documents:
        products = documents["catalog"]["products"]
        await products.create_index("slug", unique=True)
        await products.insert_many([{"slug": f"slug-{number}"} for number in range(50)])
    async with server(tmp_path, port), client(port) as documents:
        products = documents["catalog"]["products"]
        assert await products.count_documents({}) == 50
        assert "slug_1" in await products.index_information()


async def test_a_failed_command_is_answered_and_the_connection_lives(tmp_path: Path) -> None:
    port = free_base()
    async with server(tmp_path, port), client(port) as documents:
        products = documents["catalog"]["products"]
        await products.create_index("slug", unique=True)
        await products.insert_one({"slug": "one"})
        with pytest.raises(PyMongoError, match="E11000"):
            await products.insert_one({"slug": "one"})
        assert (await documents.server_info())["version"] == "7.0.0"
        assert await products.count_documents({}) == 1
