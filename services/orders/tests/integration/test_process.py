"""The process as it is run: it starts, says that it is ready, names what is missing, and ends."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from httpx import AsyncClient, HTTPError

from orders.settings import OrdersSettings


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def running(
    settings: OrdersSettings, **changes: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, AsyncClient]]:
    """The API and the workers; the consumers would join the group of a shop that runs already."""
    port = free_port()
    environment = {
        "SOUK_ENVIRONMENT": "test",
        "SOUK_RUN": "api,workers",
        "SOUK_PORT": str(port),
        "SOUK_DATABASE_URL": str(settings.database_url),
        "SOUK_REDIS_URL": settings.redis_url,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "orders.main"), env=os.environ | environment | changes
    )
    try:
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def status_of(client: AsyncClient, path: str) -> int:
    """Asks until somebody answers."""
    async with asyncio.timeout(30):
        while True:
            try:
                return (await client.get(path)).status_code
            except HTTPError:
                await asyncio.sleep(0.05)


async def test_the_process_serves_and_ends_on_sigterm_within_ten_seconds(
    settings: OrdersSettings,
) -> None:
    async with running(settings) as (process, client):
        assert await status_of(client, "/health/ready") == 200
        assert (await client.get("/openapi.json")).json()["info"]["title"] == "Souk orders"
        assert "orders_open_sagas" in (await client.get("/metrics")).text
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0


async def test_a_process_without_its_carts_says_what_is_missing(settings: OrdersSettings) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    async with running(settings, SOUK_REDIS_URL=nobody) as (_, client):
        assert await status_of(client, "/health/live") == 200
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["missing"]) == (503, ["redis"])
        cart = await client.get("/v1/carts/mine", headers={"Cart-Token": "k" * 43})
        assert cart.status_code == 503
        assert cart.headers["retry-after"]
