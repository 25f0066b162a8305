"""What the gateway's tests share: a service that answers as a script says, and a gateway to ask.

Not imported by any running code. The gateway runs as in production, on uvloop with uvicorn and
our protocol class, in a thread of its own; the scripted service runs on the test's loop.
"""

import asyncio
import io
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx
import uvicorn
import uvloop
from prometheus_client import CollectorRegistry, generate_latest

from chassis.server import uvicorn_config
from chassis.testing import TokenMint
from gateway.bootstrap import Gateway
from gateway.server.protocol import EdgeProtocol
from gateway.settings import GatewaySettings

Script = Callable[["Conversation"], Awaitable[None]]
SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")


class Conversation:
    """One connection as the service sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def head(self) -> bytes:
        """The head of the next request; raises IncompleteReadError at the end of the connection."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def request(self) -> tuple[bytes, bytes]:
        """The next request's head and body."""
        head = await self.head()
        if b"transfer-encoding: chunked" in head:
            return head, await self._chunks()
        length = field_of(head, b"content-length")
        return head, await self.reader.readexactly(int(length or 0))

    async def send(self, data: bytes) -> None:
        """Send raw bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes = b"ok", *, fields: bytes = b"", status: int = 200) -> None:
        """Send a whole answer."""
        head = b"HTTP/1.1 %d Said\r\n%bcontent-length: %d\r\n\r\n" % (status, fields, len(body))
        await self.send(head + body)

    def abort(self) -> None:
        """Reset the connection."""
        self.writer.transport.abort()

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return body


class FakeService:
    """A server that runs `script` for each connection; `heads` and `bodies` are what it got."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or self.echo
        self.connections = 0
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.port = 0
        self.ended = asyncio.Event()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def echo(self, conversation: Conversation) -> None:
        """The default script: answer each request with 200 and remember it."""
        while True:
            head, body = await conversation.request()
            self.heads.append(head)
            self.bodies.append(body)
            await conversation.answer(b"" if head.startswith(b"HEAD") else b"ok")

    async def start(self, port: int = 0) -> Self:
        """Listen on a free port, or on `port`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.script(Conversation(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended.set()
            writer.close()


class RunningGateway:
    """A gateway in a thread of its own, on a free port; `mint` makes tokens that it takes."""

    def __init__(self, mint: TokenMint | None = None, **settings: Any) -> None:
        self.mint = mint or TokenMint()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        values = {"port": self.port, "rate_limiting": False, "environment": "test", **settings}
        self.settings = GatewaySettings(**values)
        self.log = io.BytesIO()
        self._registry = CollectorRegistry()
        self.gateway = Gateway(
            self.settings,
            verifier=self.mint.verifier,
            log_stream=self.log,
            registry=self._registry,
        )
        self._client: httpx.AsyncClient | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> httpx.AsyncClient:
        """An HTTP client of this gateway."""
        if self._client is None:
            self._client = httpx.AsyncClient(base_url=self.url, timeout=20)
        return self._client

    def metrics(self) -> str:
        """What Prometheus would read of this gateway's own metrics."""
        return generate_latest(self._registry).decode()

    async def __aenter__(self) -> Self:
        self._thread.start()
        await asyncio.to_thread(self._ready.wait, 10)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._client is not None:
            await self._client.aclose()
        if self._server is not None:
            self._server.should_exit = True
        await asyncio.to_thread(self._thread.join, 10)
        self._listener.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        config = uvicorn_config(self.gateway.edge, EdgeProtocol)
        # A test has no client that needs longer for its last answer.
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        components = [asyncio.create_task(each.run()) for each in self.gateway.components]
        async with self.gateway.pages.router.lifespan_context(self.gateway.pages):
            self._ready.set()
            await self._server._serve(sockets=[self._listener])
        for component in components:
            component.cancel()
        await asyncio.gather(*components, return_exceptions=True)


def everything_at(*services: FakeService) -> dict[str, list[str]]:
    """`SOUK_UPSTREAMS` with each name of a service leading to the same replicas."""
    return {name: [service.url for service in services] for name in SERVICES}


def field_of(head: bytes, name: bytes) -> bytes | None:
    """A field's value in a raw head, None when it is not there."""
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.strip().lower() == name:
            return value.strip()
    return None


async def talk(port: int, data: bytes, *, seconds: float = 5.0) -> bytes:
    """Send raw bytes and read until the other side closes, or `seconds` have passed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        writer.write(data)
        async with asyncio.timeout(seconds):
            while piece := await reader.read(65536):
                received += piece
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return received
