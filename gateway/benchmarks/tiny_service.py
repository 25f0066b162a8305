"""The least service there is, for measurements: one answer of 450 bytes, and a JWK set.

`edge.py` runs it as a process of its own: `python tiny_service.py PORT JWKS_FILE`. It costs so
little that what is measured is the gateway.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any, cast

import uvloop

BODY = b'{"name":"WHITE HANGING HEART T-LIGHT HOLDER","padding":"' + b"x" * 392 + b'"}'


def answer(body: bytes) -> bytes:
    """A whole answer with this body."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


class Tiny(asyncio.Protocol):
    """Answers each head that comes; requests have no bodies here."""

    product = answer(BODY)
    keys = b""
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        one = self.keys if data.startswith(b"GET /.well-known/") else self.product
        self.transport.write(one * data.count(b"\r\n\r\n"))


async def hello(_scope: Any, _receive: Any, send: Any) -> None:
    """The same answer as an ASGI application: what uvicorn costs before anybody does anything."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(BODY)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


async def serve(port: int, keys: bytes) -> None:
    """Listen until the process ends."""
    Tiny.keys = answer(keys)
    server = await asyncio.get_running_loop().create_server(Tiny, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
