"""The process as supervision sees it: its tables, its start, its readiness and its end."""

import asyncio
import json
import os
import signal
import sys
from typing import Any

import httpx
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.tables_accounts import metadata
from auth.settings import AuthSettings
from native.ports import free_base
from services.auth.tests.operator_key import OperatorKey
from services.auth.tests.world import CodeFlow


async def test_the_migrations_make_the_tables_that_the_code_describes(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_process_gets_ready_signs_in_and_ends_on_sigterm(
    settings: AuthSettings, operator_key: OperatorKey
) -> None:
    port = str(free_base() + 10)
    environment = os.environ | {
        "SOUK_ENVIRONMENT": "test",
        "SOUK_PORT": port,
        "SOUK_RUN": "api,workers",
        "SOUK_DATABASE_URL": str(settings.database_url),
        "SOUK_REDIS_URL": settings.redis_url,
        "SOUK_SEED_DEMO": "true",
        "SOUK_OPERATOR_JWK": json.dumps(operator_key.public),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auth.main", env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
            await _until_ready(browser)
            await _use(browser, operator_key)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            output, _errors = await process.communicate()
        assert process.returncode == 0
        assert b"souk-demo-2026" not in output
        assert b"@souk.example" not in output
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _use(browser: httpx.AsyncClient, operator_key: OperatorKey) -> None:
    tokens = await CodeFlow(browser).tokens()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = await browser.get("/v1/users/me", headers=headers)
    assert me.json()["roles"] == ["customer"]
    machine = await browser.post("/oauth/token", data=operator_key.client_credentials())
    assert machine.status_code == 200


async def _until_ready(browser: httpx.AsyncClient) -> None:
    async with asyncio.timeout(40):
        while True:
            try:
                if (await browser.get("/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
