"""A service as a real process: it drains on SIGTERM, dies of a broken part, is hard to upset."""

import asyncio
import gzip
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.testing_process import free_port

SERVICE = Path(__file__).with_name("sample_service.py")


class Running:
    """The process, its port, and the log lines that it wrote."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.lines: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]

    async def ready(self) -> "Running":
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(400):
                try:
                    response = await client.get(f"{self.url}/health/ready")
                    assert response.status_code == 200
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                else:
                    return self
        raise AssertionError("never ready")

    async def ended(self) -> int:
        code = await asyncio.wait_for(self.process.wait(), 25)
        await self._reading
        return code


@asynccontextmanager
async def running(
    manner: str = "good", port: int | None = None, **env: str
) -> AsyncIterator[Running]:
    chosen = port or free_port()
    variables = {"SOUK_PORT": str(chosen), "SOUK_ENVIRONMENT": "test", "SAMPLE": manner}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(SERVICE)),
        env={**os.environ, **variables, **env},
        stdout=asyncio.subprocess.PIPE,
    )
    started = Running(process, chosen)
    try:
        yield started
    finally:
        if process.returncode is None:
            process.kill()
        await started.ended()


class Sink:
    """An HTTP server that keeps what it is sent, as a collector or Sentry would."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                lower = head.lower()
                length = int(lower.split("content-length:")[1].split("\r\n")[0])
                body = await reader.readexactly(length)
                if "content-encoding: gzip" in lower:
                    body = gzip.decompress(body)
                self.received.append((head.split(" ")[1], body))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        except asyncio.IncompleteReadError:
            writer.close()


async def test_sigterm_lets_requests_and_components_finish() -> None:
    async with running() as service, httpx.AsyncClient(trust_env=False) as client:
        await service.ready()
        slow = asyncio.create_task(client.get(f"{service.url}/slow"))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        with pytest.raises(httpx.TransportError):
            async with httpx.AsyncClient(trust_env=False) as late:
                await late.get(f"{service.url}/health/live")
        assert (await slow).json() == {"slow": "done"}
        assert await service.ended() == 0
        assert time.monotonic() - began < 5
    assert service.events() == ["started", "request", "component_finished", "stopped"]


async def test_a_connection_that_is_open_at_the_end_takes_one_more_request() -> None:
    async with running() as service:
        await service.ready()
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        ask = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"
        writer.write(ask)
        assert b"connection: close" not in await reader.readuntil(b'"live"}')
        service.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        writer.write(ask)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer
        writer.close()
        assert await service.ended() == 0


@pytest.mark.parametrize("manner", ["crash", "return"])
async def test_a_component_that_ends_by_itself_ends_the_process(manner: str) -> None:
    async with running(manner) as service:
        assert await service.ended() == 1
    [line] = [line for line in service.lines if line["event"] == "component_failed"]
    assert line["component"] == "sample-component"
    assert line["level"] == "error"


@pytest.mark.parametrize("manner", ["deaf", "stuck"])
async def test_a_component_that_does_not_stop_is_left_behind_in_time(manner: str) -> None:
    async with running(manner) as service:
        await service.ready()
        began = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        assert await service.ended() == 1
        assert time.monotonic() - began < 10
    assert ("component_did_not_stop" in service.events()) is (manner == "deaf")


async def test_a_taken_port_is_named_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running(port=port) as service:
            assert await service.ended() == 1
    [line] = service.lines
    assert (line["event"], line["port"]) == ("port_not_free", port)


async def test_a_process_without_its_api_answers_health_only() -> None:
    async with running(SOUK_RUN="relay") as service, httpx.AsyncClient(trust_env=False) as client:
        await service.ready()
        assert (await client.get(f"{service.url}/metrics")).status_code == 200
        response = await client.get(f"{service.url}/slow")
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


async def test_a_request_that_does_not_end_in_time_is_told_so_when_the_process_stops() -> None:
    async with running() as service, httpx.AsyncClient(trust_env=False, timeout=20) as client:
        await service.ready()
        stuck = asyncio.create_task(client.get(f"{service.url}/stuck"))
        await asyncio.sleep(0.3)
        service.process.send_signal(signal.SIGTERM)
        answer = await stuck
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert "not known" in answer.json()["detail"]
        assert await service.ended() == 0


async def test_spans_go_to_the_collector_and_bugs_to_sentry() -> None:
    sink = Sink()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(sink, "127.0.0.1", 0))
        port = server.sockets[0].getsockname()[1]
        endpoint, dsn = f"http://127.0.0.1:{port}", f"http://key@127.0.0.1:{port}/1"
        service = await stack.enter_async_context(
            running(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, SENTRY_DSN=dsn)
        )
        await service.ready()
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{service.url}/bug")).status_code == 500
        service.process.send_signal(signal.SIGTERM)
        assert await service.ended() == 0
    spans = b"".join(body for path, body in sink.received if path == "/v1/traces")
    reports = b"".join(body for path, body in sink.received if path.startswith("/api/1/"))
    assert b"GET /bug" in spans
    assert b"RuntimeError" in reports
    for sent in (spans, reports):
        assert b"ann@shop.example" not in sent
    [failed] = [line for line in service.lines if line["event"] == "request_failed"]
    assert failed["trace_id"] in reports.decode()


async def exchange(port: int, raw: bytes) -> bytes:
    """Sends bytes as they are and returns all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


def request(
    *headers: bytes, line: bytes = b"GET /health/live HTTP/1.1", body: bytes = b""
) -> bytes:
    return b"\r\n".join((line, b"Host: x", *headers, b"Connection: close", b"", body))


POST = b"POST /echo HTTP/1.1"
JSON = b"Content-Type: application/json"

HOSTILE: list[tuple[str, Callable[[], bytes]]] = [
    ("two lengths", lambda: request(b"Content-Length: 2", b"Content-Length: 3", line=POST)),
    ("length and chunked", lambda: request(b"Content-Length: 2", b"Transfer-Encoding: chunked")),
    ("negative length", lambda: request(b"Content-Length: -1", line=POST)),
    ("vast length", lambda: request(b"Content-Length: 99999999999999999999", line=POST)),
    ("no host", lambda: b"GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n"),
    ("two hosts", lambda: request(b"Host: y")),
    ("latin-1 header", lambda: request(b"X-Request-Id: \xe9\xff", b"User-Agent: \xff")),
    ("many headers", lambda: request(*(b"X-%d: y" % n for n in range(500)))),
    ("repeated ids", lambda: request(*([b"X-Request-Id: a"] * 3), *([b"traceparent: 00-1"] * 3))),
    (
        "odd content type",
        lambda: request(JSON + b";charset=\xff", b"Content-Length: 2", line=POST, body=b"{}"),
    ),
    (
        "two content types",
        lambda: request(
            JSON, b"Content-Type: text/plain", b"Content-Length: 2", line=POST, body=b"{}"
        ),
    ),
    (
        "empty content type",
        lambda: request(b"Content-Type:", b"Content-Length: 2", line=POST, body=b"{}"),
    ),
    ("absolute target", lambda: request(line=b"GET http://evil.example/health/live HTTP/1.1")),
    ("odd target", lambda: request(line=b"GET /%ff%fe%00 HTTP/1.1")),
    ("raw bytes in target", lambda: request(line=b"GET /\xff\xfe HTTP/1.1")),
    ("asterisk", lambda: request(line=b"OPTIONS * HTTP/1.1")),
    ("unknown method", lambda: request(line=b"BREW /health/live HTTP/1.1")),
    ("old protocol", lambda: request(line=b"GET /health/live HTTP/1.0")),
    ("no protocol", lambda: b"hello\r\n\r\n"),
    (
        "expect",
        lambda: request(b"Expect: 100-continue", JSON, b"Content-Length: 2", line=POST, body=b"{}"),
    ),
    ("upgrade", lambda: request(b"Upgrade: websocket", b"Sec-WebSocket-Key: x")),
    ("short body", lambda: request(JSON, b"Content-Length: 20", line=POST, body=b"{}")),
]


async def test_no_request_is_strange_enough_for_a_500() -> None:
    async with running() as service:
        await service.ready()
        for name, raw in HOSTILE:
            answer = await exchange(service.port, raw())
            status = answer[9:12]
            assert not answer or status[:1] in (b"2", b"4", b"1"), (name, answer[:200])
        assert (await exchange(service.port, request())).startswith(b"HTTP/1.1 200")
    assert "request_failed" not in service.events()
