"""One keep-alive HTTP/1.1 connection to a replica, as an asyncio protocol on httptools.

It carries one exchange at a time: `begin` writes the request, `head` waits for the answer's head,
`read` hands out the body piece by piece. Reading pauses while nobody takes the pieces. The owner
of the exchange sets time limits by cancelling; `pool.py` decides whether the connection is kept.
"""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

from gateway.upstream.answer import LARGEST_HEAD, AnswerReader
from gateway.upstream.errors import ClosedBeforeAnswer, MalformedAnswer, TornAnswer


class UpstreamConnection(AnswerReader, asyncio.Protocol):
    """See the module; `status`, `headers` and `complete` describe the answer under way."""

    __slots__ = (
        "_can_write",
        "_loop",
        "_waiter",
        "answered",
        "busy",
        "closed",
        "idle_since",
        "listener",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None
        self._can_write: asyncio.Event | None = None
        # Called at each event in place of waking a task that waits.
        self.listener: Callable[[], None] | None = None
        self.answered = self.busy = self.closed = False
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        """Whether a new exchange may begin on this connection."""
        transport = self._transport
        return transport is not None and not (self.closed or transport.is_closing())

    @property
    def failed(self) -> bool:
        """Whether the exchange came to a bad end."""
        return self._failure is not None

    @property
    def reusable(self) -> bool:
        """Whether the exchange ended so that both sides agree where the next one begins."""
        return self.complete and self.keep_alive and not self.closed and self._failure is None

    def begin(self, request: bytes, *, is_head_request: bool, may_switch: bool = False) -> None:
        """Write a request (its head, with as much of its body as there is) and await its answer.

        With `may_switch` that may be 101; bare bytes follow then, by `read` and `write`.
        """
        assert self._transport is not None
        self._expect(is_head_request=is_head_request, may_switch=may_switch)
        self.answered = False
        self.busy = True
        self._transport.write(request)

    def write(self, data: bytes) -> None:
        """Write a further piece of the request's body."""
        if self._transport is not None and not self.closed:
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the transport takes more of the request's body."""
        if self._can_write is not None:
            await self._can_write.wait()

    async def head(self) -> None:
        """Wait for the head of the final answer.

        Raises ClosedBeforeAnswer, TornAnswer, MalformedAnswer or what `fail` was given.
        """
        while not self.head_complete:
            if self._failure is not None:
                raise self._failure
            await self._next_event()

    async def read(self) -> bytes:
        """The next piece of the body, b"" at its end. Raises what `head` raises."""
        while not self._chunks:
            if self._failure is not None:
                raise self._failure
            if self.complete:
                return b""
            await self._next_event()
        return self.take()

    def fail(self, error: Exception) -> None:
        """End the exchange with `error` for whoever waits on it; the connection is closed."""
        if self._failure is None and not self.complete:
            self._failure = error
        self.close()
        self._wake()

    def close(self) -> None:
        """Close at once; what was not sent yet is dropped."""
        if not self.closed:
            self.closed = True
            if self._transport is not None:
                self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have asyncio's methods, but not its classes.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self.busy or self.complete:
            # Nobody asked: the peer and we disagree about where an answer ends (RFC 9112 §9.2).
            self.close()
            return
        self.answered = True
        if self.switched:
            self.on_body(data)
            self._wake()
            return
        if not self.head_complete:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as error:
            if not self.switched:
                self.fail(MalformedAnswer("an upgrade that nobody asked for"))
            elif rest := data[error.args[0] :]:
                self.on_body(rest)
            self._wake()
            return
        except httptools.HttpParserError as error:
            self.fail(MalformedAnswer(str(error) or type(error).__name__))
            return
        if self._bodiless:
            # The parser does not know that no body follows, and would take the next answer for one.
            self._parser = httptools.HttpResponseParser(self)
        elif self._head_bytes > LARGEST_HEAD and not self.head_complete:
            self.fail(MalformedAnswer("the head of the answer is too large"))
            return
        self._wake()

    def pause_writing(self) -> None:
        self._can_write = asyncio.Event()

    def resume_writing(self) -> None:
        if self._can_write is not None:
            self._can_write.set()
            self._can_write = None

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.resume_writing()
        if self.busy and not self.complete and self._failure is None:
            if self.switched or (
                self.head_complete and exc is None and self._ends_with_connection()
            ):
                self.complete = True
            elif self.answered:
                self._failure = TornAnswer("the connection ended in the middle of the answer")
            else:
                self._failure = ClosedBeforeAnswer("the connection ended without an answer")
        self._wake()

    def _next_event(self) -> asyncio.Future[None]:
        waiter = self._waiter = self._loop.create_future()
        return waiter

    def _wake(self) -> None:
        if self.listener is not None:
            self.listener()
            return
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
            self._waiter = None
