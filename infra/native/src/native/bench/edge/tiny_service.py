"""The least service there is, for measurements: one answer of 450 bytes, and a JWK set.

`subjects.py` runs it as a process of its own: `python -m … PORT JWKS_FILE`. It costs so little
that what is measured is the edge.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any, cast

import uvloop

BODY = b'{"name":"WHITE HANGING HEART T-LIGHT HOLDER","padding":"' + b"x" * 392 + b'"}'


def answer(body: bytes, more: bytes = b"") -> bytes:
    """A whole answer with this body, and more fields."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n"
    return head % (more, len(body)) + body


class Tiny(asyncio.Protocol):
    """Answers each head that comes; requests have no bodies here."""

    order = answer(BODY)
    product = answer(BODY, b"cache-control: public, max-age=60\r\n")
    keys = b""
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        one = self.order
        if data.startswith(b"GET /v1/products/"):
            one = self.product
        elif data.startswith(b"GET /.well-known/"):
            one = self.keys
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
