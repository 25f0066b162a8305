"""One request and its answer on a client's connection: uvicorn's cycle, with one write an answer.

uvicorn writes the head of an answer and its body apart: two system calls and two wake-ups of the
reader. Here the head waits for the first piece of the body. Made by `protocol.EdgeProtocol`; the
application sees plain ASGI.
"""

from collections.abc import Callable, Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.server.refusals import internal_error
from gateway.server.tunnel import ClientTunnel

_BODILESS = frozenset({204, 304})


class ClientDisconnected(OSError):
    """The client went away before its answer was complete."""


class EdgeCycle(RequestResponseCycle):
    """See the module. `send` raises ClientDisconnected once the client is gone (ASGI 2.4)."""

    application: Any = None
    head: bytes | None = None
    bodiless = False
    until_close = False
    linger: Callable[[], None]
    tunnel: ClientTunnel | None = None
    start_task: Callable[[Any, Any], None]
    # Called when the client leaves before an answer that no task is working on.
    on_gone: Callable[[], None] | None = None

    @property
    def choked(self) -> bool:
        """Whether the client reads more slowly than we write."""
        return bool(self.flow.write_paused)

    def answer(self, status: int, fields: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """Send a whole answer without a task and without messages.

        No field may hold a line break: those of services were parsed, the others are ours.
        """
        if self.disconnected:
            return
        self.response_started = True
        lines = b"\r\n".join(map(b": ".join, (*self.default_headers, *fields)))
        if status in _BODILESS or self.scope["method"] == "HEAD":
            body = b""
        elif b"\r\ncontent-length: " not in lines:
            lines += b"\r\ncontent-length: %d" % len(body)
        if not self.keep_alive:
            lines += b"\r\nconnection: close"
        self.transport.write(b"%b%b\r\n\r\n%b" % (STATUS_LINE[status], lines, body))
        self._finish()

    def hand_over(self, application: Any) -> None:
        """Let this ASGI application answer, in a task."""
        self.application = application
        self.start_task(self, self.run)

    async def run(self, scope: Any, receive: Any, send: Any) -> None:
        """The application with its end in order; uvicorn answers 500 for what it raises."""
        try:
            await self.application(scope, receive, send)
        except ClientDisconnected:
            return
        if self.tunnel is not None and self.tunnel.opened:
            self.response_started = self.response_complete = True
            return
        if self.response_started and not self.response_complete and not self.disconnected:
            # The rest will never come, and the client must be able to tell (RFC 9112 §8).
            self.disconnected = True
            self.transport.abort()

    async def send_500_response(self) -> None:
        """Answer for an application that failed, as a problem document."""
        answer = internal_error()
        await self.send(answer[0])
        await self.send(answer[1])

    async def send(self, message: Any) -> None:
        """Take one ASGI message of the answer; waits while the client reads too slowly."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            raise ClientDisconnected
        if message["type"] == "http.response.start":
            self._start(message["status"], message.get("headers", ()))
        else:
            self._continue(message.get("body", b""), more=message.get("more_body", False))

    def _start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        if self.response_started:
            raise RuntimeError("the answer was started twice")
        self.response_started = True
        self.waiting_for_100_continue = False
        self.bodiless = status in _BODILESS or self.scope["method"] == "HEAD"
        fields = [*self.default_headers, *headers]
        length = None
        for name, value in fields:
            if name == b"content-length":
                length = int(value)
            elif name == b"connection" and value == b"close":
                self.keep_alive = False
        if not self.bodiless:
            self._frame(length, fields)
        if self.more_body:
            # Whatever is still to come of the request is not the beginning of another one.
            self.keep_alive = False
        if not self.keep_alive and (b"connection", b"close") not in fields:
            fields.append((b"connection", b"close"))
        lines = b"\r\n".join(map(b": ".join, fields))
        if lines.count(b"\n") >= len(fields) or lines.count(b"\r") >= len(fields):
            raise RuntimeError("a header of the answer holds a line break")
        self.head = b"%b%b\r\n\r\n" % (STATUS_LINE[status], lines)

    def _frame(self, length: int | None, fields: list[tuple[bytes, bytes]]) -> None:
        """Say how long the body is: by its length, by chunks, or for HTTP/1.0 by closing."""
        if length is not None:
            self.expected_content_length = length
        elif self.scope["http_version"] == "1.0":
            self.until_close = True
        else:
            self.chunked_encoding = True
            fields.append((b"transfer-encoding", b"chunked"))

    def _continue(self, body: bytes, *, more: bool) -> None:
        if self.response_complete or not self.response_started:
            raise RuntimeError("a body outside an answer")
        if self.bodiless:
            body = b""
        elif self.chunked_encoding:
            body = _chunk(body, last=not more)
        elif not self.until_close:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("the body is longer than its Content-Length")
        head, self.head = self.head, None
        if head is not None:
            body = head + body
        if body:
            self.transport.write(body)
        if not more:
            self._finish()

    def _finish(self) -> None:
        if self.expected_content_length:
            raise RuntimeError("the body is shorter than its Content-Length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            if self.more_body:
                self.linger()
            else:
                self.transport.close()
        self.on_response()


def _chunk(body: bytes, *, last: bool) -> bytes:
    framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return framed + b"0\r\n\r\n" if last else framed
