"""The process as it is run: it starts, says what it does, and ends in order."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.testing import Conversation, FakeService, everything_at


class Process:
    """`python -m gateway.main` on a free port."""

    def __init__(self, service: FakeService, redis_url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "SOUK_ENVIRONMENT": "test",
            "SOUK_PORT": str(self.port),
            "SOUK_REDIS_URL": redis_url,
            "SOUK_UPSTREAMS": json.dumps(everything_at(service)),
        }
        self.running: asyncio.subprocess.Process | None = None

    async def start(self) -> asyncio.subprocess.Process:
        self.running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway.main",
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return self.running

    async def ready(self, client: httpx.AsyncClient) -> None:
        async with asyncio.timeout(60):
            while True:
                try:
                    if (await client.get("/health/ready")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)


@pytest.fixture
async def process(service: FakeService, valkey: Any) -> AsyncIterator[Process]:
    made = Process(service, valkey.url)
    yield made
    if made.running is not None and made.running.returncode is None:
        made.running.kill()
        await made.running.wait()


async def test_it_answers_logs_and_finishes_what_it_has_at_sigterm(
    process: Process, service: FakeService
) -> None:
    release = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        await conversation.request()
        service.heads.append(b"")
        await release.wait()
        await conversation.answer(b"done")

    service.script = script
    running = await process.start()
    async with httpx.AsyncClient(base_url=process.url, timeout=20) as client:
        await process.ready(client)
        slow = asyncio.create_task(client.get("/v1/products/x"))
        while not service.heads:
            await asyncio.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        stopped_at = time.monotonic()
        await asyncio.sleep(0.5)
        with pytest.raises(httpx.TransportError):
            await httpx.AsyncClient(base_url=process.url).get("/health/live")
        release.set()
        assert (await slow).content == b"done"
    output, _ = await running.communicate()
    assert (running.returncode, time.monotonic() - stopped_at < 10) == (0, True)
    lines = [json.loads(line) for line in output.splitlines()]
    access = next(line for line in lines if line.get("path") == "/v1/products/x")
    assert (access["status"], access["upstream"], access["bytes"]) == (200, "catalog", 4)
    assert lines[-1]["event"] == "stopped"


async def test_a_request_that_was_on_its_way_at_sigterm_is_answered_and_is_the_last(
    process: Process,
) -> None:
    running = await process.start()
    async with httpx.AsyncClient(base_url=process.url) as client:
        await process.ready(client)
    # The client has an open connection at rest, and has not heard of the end.
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    request = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    for ends in (False, True):
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        assert head.startswith(b"HTTP/1.1 200")
        assert (b"connection: close" in head.lower()) == ends
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        if not ends:
            running.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    await asyncio.wait_for(running.communicate(), 15)
    assert running.returncode == 0


async def test_its_metrics_tell_of_requests_and_connections(
    process: Process, service: FakeService
) -> None:
    await process.start()
    async with httpx.AsyncClient(base_url=process.url) as client:
        await process.ready(client)
        await client.get("/v1/orders")
        text = (await client.get("/metrics")).text
    assert 'gateway_requests_total{method="GET",status="200",upstream="orders"} 1.0' in text
    assert 'gateway_upstream_idle{replica="127.0.0.1:' in text


async def test_a_taken_port_is_an_error_at_once(process: Process) -> None:
    with socket.create_server(("127.0.0.1", process.port)):
        running = await process.start()
        output, _ = await asyncio.wait_for(running.communicate(), 60)
    assert running.returncode == 1
    assert b"port_not_free" in output
