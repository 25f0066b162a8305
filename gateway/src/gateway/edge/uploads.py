"""The body of a request on its way to a service, never more than the limit.

A body that is already here goes out with the head in one write; a longer one is pumped piece by
piece as fast as the service takes it, while the forwarder waits for the answer. Used by it alone.
"""

import asyncio

from chassis.problems import TOO_LARGE
from gateway.edge.exchange import Exchange
from gateway.edge.problems import SLOW_BODY, Refusal
from gateway.edge.request_head import RequestHead
from gateway.upstream.connection import UpstreamConnection


class ClientGone(Exception):
    """The client left in the middle of its request."""


class Upload:
    """The body of one request. `limit` is in bytes; more raises Refusal with 413.

    `seconds` is how long the client may take for each piece.
    """

    def __init__(
        self, exchange: Exchange, head: RequestHead, *, limit: int, seconds: float
    ) -> None:
        self._exchange = exchange
        self._chunked = head.chunked
        self._limit = limit
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._taken = 0
        self.complete = False
        if head.length is not None and head.length > limit:
            raise too_large(limit)

    async def first(self) -> bytes:
        """The beginning of the body, framed; the whole of it when it has already come."""
        return await self._next()

    async def pump(self, connection: UpstreamConnection) -> None:
        """Send the rest; what goes wrong is told to whoever waits for the answer."""
        try:
            while not self.complete:
                await connection.drain()
                connection.write(await self._next())
        except (ClientGone, Refusal) as error:
            connection.fail(error)

    async def _next(self) -> bytes:
        exchange = self._exchange
        exchange.allow(self._loop.time() + self._seconds, SLOW_BODY)
        message = await exchange.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        self.complete = not message.get("more_body", False)
        exchange.body_taken = self.complete
        self._taken += len(piece)
        if self._taken > self._limit:
            raise too_large(self._limit)
        if not self._chunked:
            return piece
        framed = b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
        return framed + b"0\r\n\r\n" if self.complete else framed


def too_large(limit: int) -> Refusal:
    """The refusal of a body that is larger than `limit` bytes."""
    return Refusal(TOO_LARGE, f"The body may have {limit} bytes.", {"Connection": "close"})


async def stop(pump: asyncio.Task[None]) -> None:
    """End a pump whose answer came before its last piece."""
    if not pump.done():
        pump.cancel()
        await asyncio.wait([pump])
