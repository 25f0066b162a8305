"""The body of a request on its way to a service, never more than the limit.

A body that is already here goes out with the head in one write; a longer one is pumped piece by
piece as fast as the service takes it, while the forwarder waits for the answer. Used by it alone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chassis.problems import TOO_LARGE
from gateway.edge.exchange import Exchange
from gateway.edge.problems import SLOW_BODY, TIMED_OUT, Refusal
from gateway.edge.request_head import RequestHead
from gateway.upstream.connection import UpstreamConnection

# Where presigned URLs of a folder of pictures lead.
UPLOADS = b"/v1/media-uploads"


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """`size` in bytes, more is 413; slower than `seconds` a piece or `rate` bytes a second is 408.

    The rate counts over the whole body, and from the first `seconds` on. `larger` are sizes for
    what is under a prefix of `routing.py`.
    """

    size: int = 1024 * 1024
    seconds: float = 15.0
    rate: float = 4096.0
    larger: Mapping[bytes, int] = field(default_factory=dict)

    def under(self, prefix: bytes) -> "BodyLimits":
        """The limits there."""
        size = self.larger.get(prefix)
        return self if size is None else replace(self, size=size)


class ClientGone(Exception):
    """The client left in the middle of its request."""


class Upload:
    """The body of one request, no larger and no slower than the limits allow."""

    def __init__(self, exchange: Exchange, head: RequestHead, limits: BodyLimits) -> None:
        self._exchange = exchange
        self._chunked = head.chunked
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._taken = 0
        # Seconds in which the client let us wait; a slow service is not its fault.
        self._waited = 0.0
        self.complete = False
        if head.length is not None and head.length > limits.size:
            raise too_large(limits.size)

    async def first(self) -> bytes:
        """The beginning of the body, framed; the whole of it when it has already come."""
        return await self._next()

    async def pump(self, connection: UpstreamConnection, seconds: float) -> None:
        """Send the rest; what goes wrong is told to whoever waits for the answer.

        The service may let each piece wait for so many seconds.
        """
        try:
            while not self.complete:
                self._exchange.allow(self._loop.time() + seconds, TIMED_OUT)
                await connection.drain()
                connection.write(await self._next())
        except (ClientGone, Refusal) as error:
            connection.fail(error)

    async def _next(self) -> bytes:
        exchange, limits = self._exchange, self._limits
        now = self._loop.time()
        spare = limits.seconds + self._taken / limits.rate - self._waited
        exchange.allow(now + min(limits.seconds, spare), SLOW_BODY)
        message = await exchange.receive()
        exchange.asked = self._loop.time()
        self._waited += exchange.asked - now
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        self.complete = not message.get("more_body", False)
        exchange.body_taken = self.complete
        self._taken += len(piece)
        if self._taken > limits.size:
            raise too_large(limits.size)
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
