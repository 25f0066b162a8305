"""The client's end of a tunnel: after `101 Switching Protocols` its connection carries bare bytes.

`protocol.py` makes one for a request that asks for a WebSocket and feeds it; the application finds
it in the scope, as the extension `souk.tunnel`, and opens it or answers as usual.
"""

import asyncio
from collections.abc import Iterable

from uvicorn.protocols.http.flow_control import FlowControl

HIGH_WATER = 128 * 1024
EXTENSION = "souk.tunnel"


class ClientTunnel:
    """Bytes from and to the client; reading pauses while nobody takes what has come."""

    def __init__(
        self, transport: asyncio.Transport, flow: FlowControl, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.opened = self.ended = False
        self._transport = transport
        self._flow = flow
        self._loop = loop
        self._pieces: list[bytes] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None

    def open(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        """Tell the client that the protocol is switched."""
        self.opened = True
        lines = b"".join(b"%b: %b\r\n" % field for field in fields)
        head = b"connection: Upgrade\r\nupgrade: websocket\r\n"
        self._transport.write(b"HTTP/1.1 101 Switching Protocols\r\n%b%b\r\n" % (head, lines))

    def write(self, data: bytes) -> None:
        """Send bytes to the client."""
        if not self.ended:
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the client takes more."""
        if self._flow.write_paused and not self.ended:
            await self._flow.drain()

    async def read(self) -> bytes:
        """The next bytes from the client; b"" when it has left."""
        while not self._pieces:
            if self.ended:
                return b""
            self._waiter = self._loop.create_future()
            await self._waiter
        data = b"".join(self._pieces)
        if self._size > HIGH_WATER and not self.ended:
            self._transport.resume_reading()
        self._pieces, self._size = [], 0
        return data

    def feed(self, data: bytes) -> None:
        """Bytes have come from the client."""
        if data:
            self._pieces.append(data)
            if self._size <= HIGH_WATER < self._size + len(data):
                self._transport.pause_reading()
            self._size += len(data)
        self._wake()

    def lost(self) -> None:
        """The client has left."""
        self.ended = True
        self._wake()

    def close(self) -> None:
        """Close the connection once everything is sent."""
        if not self.ended:
            self.ended = True
            self._transport.close()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
