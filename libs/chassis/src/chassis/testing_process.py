"""A service as supervision sees it: its tables, its start, its readiness and its end.

The integration tests of the services call it, each with its own name and environment. Not
imported by any running code.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

START_SECONDS = 30
# Supervision kills what takes longer.
END_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Running:
    """A process of a service, and a client of its port."""

    process: asyncio.subprocess.Process
    client: httpx.AsyncClient

    async def answer(self, path: str) -> httpx.Response:
        """Asks until somebody answers. Raises TimeoutError after START_SECONDS."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    return await self.client.get(path)
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    async def ready(self) -> None:
        """Waits until the process says that it is ready. Raises TimeoutError."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                if (await self.answer("/health/ready")).status_code == 200:
                    return
                await asyncio.sleep(0.05)

    async def end(self) -> int:
        """Asks the process to end; returns its exit status. Raises TimeoutError."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def running(service: str, **environment: str) -> AsyncIterator[Running]:
    """Runs `python -m <service>.main` on a free port, with its API and its workers.

    Its consumers would join the groups of a shop that runs beside the tests.
    """
    port = str(free_port())
    own = {"SOUK_ENVIRONMENT": "test", "SOUK_PORT": port, "SOUK_RUN": "api,workers"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"{service}.main"), env=os.environ | own | environment
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield Running(process, client)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def free_port() -> int:
    """Returns a port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


async def differences(engine: AsyncEngine, metadata: MetaData) -> list[Any]:
    """Returns in what a migrated database is not what the code's tables describe."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with engine.connect() as connection:
        return await connection.run_sync(compare)
