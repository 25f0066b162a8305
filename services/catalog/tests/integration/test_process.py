"""`python -m catalog.main` as it is run: ready, serving, resilient, and gone when asked."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from uuid import uuid4

import pytest_asyncio
from httpx import AsyncClient, ConnectError, Response

from catalog.adapters.mongo import Database
from chassis.testing_process import free_port
from native.testing import Engines

PATIENCE = 60


class Catalog:
    """A process of the catalogue."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self._environment = {**os.environ, **environment, "SOUK_PORT": str(self.port)}
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "catalog.main",
            env=self._environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def get(self, path: str) -> Response:
        async with AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as http:
            return await http.get(path, timeout=PATIENCE)

    async def until_ready(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if (await self.get("/health/ready")).status_code == 200:
                        return
                except ConnectError:
                    await asyncio.sleep(0.1)

    async def stop(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


@pytest_asyncio.fixture
async def environment(engines: Engines) -> AsyncIterator[dict[str, str]]:
    """Settings over a database of its own; no consumers, which would read the shop's topics."""
    name = f"test_catalog_{uuid4().hex[:12]}"
    yield {
        "SOUK_ENVIRONMENT": "test",
        "SOUK_MONGO_URL": engines.mongo_url,
        "SOUK_MONGO_DATABASE": name,
        "SOUK_REDIS_URL": engines.redis_url,
        "SOUK_KAFKA_BOOTSTRAP": engines.kafka_bootstrap,
        "SOUK_RUN": "api,relay",
    }
    database = Database(engines.mongo_url, name)
    await database.drop()
    database.close()


async def test_the_process_creates_its_indexes_serves_and_ends_in_order(
    engines: Engines, environment: dict[str, str]
) -> None:
    catalog = Catalog(environment)
    await catalog.start()
    try:
        await catalog.until_ready()
        assert (await catalog.get("/v1/products")).json()["items"] == []
        assert (await catalog.get("/openapi.json")).json()["info"]["title"] == "Souk catalog"
        database = Database(engines.mongo_url, environment["SOUK_MONGO_DATABASE"])
        found = await database.collection("products").indexes()
        assert "unique_sku" in [index.name for index in found]
        database.close()
    finally:
        assert await catalog.stop() == 0


async def test_reads_work_without_redis(environment: dict[str, str]) -> None:
    catalog = Catalog(environment | {"SOUK_REDIS_URL": "redis://127.0.0.1:1/0"})
    await catalog.start()
    try:
        await catalog.until_ready()
        assert (await catalog.get("/v1/products")).status_code == 200
        assert (await catalog.get("/v1/products/no-such")).status_code == 404
    finally:
        assert await catalog.stop() == 0


async def test_a_process_without_its_document_server_does_not_start(
    environment: dict[str, str],
) -> None:
    catalog = Catalog(environment | {"SOUK_MONGO_URL": "mongodb://127.0.0.1:1/"})
    await catalog.start()
    assert catalog.process is not None
    async with asyncio.timeout(PATIENCE):
        assert await catalog.process.wait() != 0
