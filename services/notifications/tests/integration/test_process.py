"""The process as supervision sees it: its tables, its start, its readiness and its end."""

import asyncio
import os
import signal
import socket
import sys
from typing import Any

import httpx
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from notifications.adapters.tables import metadata


async def test_the_migrations_make_the_tables_that_the_code_describes(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_process_gets_ready_answers_and_ends_on_sigterm(dsn: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = str(unused.getsockname()[1])
    environment = os.environ | {
        "SOUK_ENVIRONMENT": "test",
        "SOUK_DATABASE_URL": dsn,
        "SOUK_PORT": port,
        "SOUK_RUN": "api,workers",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "notifications.main",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await _until_ready(client)
            assert (await client.get("/v1/messages")).status_code == 401
            assert "get_message" in (await client.get("/openapi.json")).text
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            await process.communicate()
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if (await client.get("/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
