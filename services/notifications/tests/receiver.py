"""A merchant's endpoint for tests: a bare HTTP server in this process that misbehaves by path.

`/ok` takes, `/<status>` answers that status, `/slow` never answers, `/endless` never ends,
`/elsewhere` redirects to `/ok`, `/rude` says no HTTP.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where it listens, and what came."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    # What a path answers at first, one for each request.
    first: dict[str, list[int]] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def paths(self) -> list[str]:
        return [request.path for request in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in fields}
            body = await reader.readexactly(int(headers["content-length"]))
            path = head[0].split(" ")[1]
            self.received.append(Received(path, headers, body))
            await self._answer(path, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/slow":
            await asyncio.sleep(30)
        elif path == "/rude":
            writer.write(b"hello\r\n\r\n")
        elif path == "/elsewhere":
            head = f"HTTP/1.1 307 x\r\nLocation: {self.url('/ok')}\r\nContent-Length: 0\r\n\r\n"
            writer.write(head.encode())
        elif path == "/endless":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        else:
            planned = self.first.get(path)
            status = planned.pop(0) if planned else int(path[1:]) if path[1:].isdigit() else 200
            answer = f"HTTP/1.1 {status} x\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
            writer.write(answer.encode())


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of the loopback address."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
