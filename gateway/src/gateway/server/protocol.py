"""A client's connection: uvicorn's httptools protocol with what an edge must refuse.

Refused before any application runs: what is not HTTP/1.1 as RFC 9112 has it, absolute-form and
authority-form targets, heads that are too large or too slow. Trailer fields are dropped.
`main.py` gives this class to uvicorn as its `http` setting.
"""

import asyncio
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.server.cycle import EdgeCycle
from gateway.server.refusals import refusal
from gateway.server.tunnel import EXTENSION, ClientTunnel

LARGEST_HEAD = 32 * 1024
LARGEST_TARGET = 8 * 1024
LARGEST_FIELD = 16 * 1024
MOST_FIELDS = 100
HEAD_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 75.0
CHECK_SECONDS = 5.0
LINGER_SECONDS = 2.0


class _Refused(Exception):
    """Stops the parser; the protocol has noted the status to answer with."""


class EdgeProtocol(HttpToolsProtocol):
    """See the module. Times are seconds, sizes are bytes."""

    in_head = True
    head_bytes = 0
    may_be_large = False
    refusal = 400
    lingering = False
    parting = False
    quiet_since = 0.0
    check: asyncio.TimerHandle | None = None
    head_seconds = HEAD_SECONDS
    # Runs while a head has come in part.
    head_limit: asyncio.TimerHandle | None = None
    # The request whose head has come; it begins when all that came with it was read.
    ready: EdgeCycle | None = None
    # Of a connection that asked to become a WebSocket.
    tunnel: ClientTunnel | None = None
    upgraded = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An application may answer a request that is here as a whole without a task.
        self.direct = getattr(self.app, "direct", None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have asyncio's methods, but not its classes.
        super().connection_made(cast(asyncio.Transport, transport))
        self.quiet_since = self.loop.time()
        self.check = self.loop.call_later(CHECK_SECONDS, self._check_quiet)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.check is not None:
            self.check.cancel()
        if self.head_limit is not None:
            self.head_limit.cancel()
        super().connection_lost(exc)
        if self.tunnel is not None:
            self.tunnel.lost()
        cycle = cast(EdgeCycle | None, self.cycle)
        if cycle is not None and cycle.on_gone is not None:
            cycle.on_gone()

    def data_received(self, data: bytes) -> None:
        if self.lingering:
            return
        if self.upgraded and self.tunnel is not None:
            self.tunnel.feed(data)
            return
        if self.in_head:
            self.head_bytes += len(data)
            self.may_be_large = self.head_bytes > LARGEST_FIELD
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as error:
            if self.tunnel is not None:
                self.upgraded = True
                self.tunnel.feed(data[error.args[0] :])
            # Nothing else can be upgraded to, and is answered as it stands (RFC 9110 §7.8).
        except httptools.HttpParserError:
            self._refuse(self.refusal)
            return
        if self.ready is not None:
            self._start(self.ready)
        elif self.in_head and self.head_bytes:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > LARGEST_TARGET:
            self.refusal = 414
            raise _Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field in; what comes after the body is none of the head's (RFC 9110 §6.5.1)."""
        if not self.in_head:
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.in_head = False
        if self.head_limit is not None:
            self.head_limit.cancel()
            self.head_limit = None
        self._check_head()
        version = self.parser.get_http_version()
        raw_path, _, query = self.url.partition(b"?")
        path = raw_path.decode("latin-1")
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = query
        keep_alive = version != "1.0" and self.parser.should_keep_alive()
        if self.parser.should_upgrade():
            keep_alive = False
            if scope["method"] == "GET" and self._asks_for_websocket():
                self.tunnel = ClientTunnel(self.transport, self.flow, self.loop)
                scope["extensions"] = {EXTENSION: self.tunnel}
        self._begin(keep_alive and not self.parting)

    def on_message_complete(self) -> None:
        self.in_head = True
        self.head_bytes = 0
        self.quiet_since = self.loop.time()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the next request of the pipeline; unlike uvicorn's, this sets no timer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing() or self.lingering:
            return
        self.quiet_since = self.loop.time()
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)

    def part(self) -> None:
        """See `chassis.server.Parting`."""
        self.parting = True

    def linger(self) -> None:
        """Close in a way that lets the client read the answer before it notices (RFC 9112 §9.6)."""
        if self.lingering or self.transport.is_closing():
            return
        self.lingering = True
        self.flow.resume_reading()
        self.transport.write_eof()
        if self.check is not None:
            self.check.cancel()
        self.check = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _asks_for_websocket(self) -> bool:
        """Whether the head is a handshake (RFC 6455 §4.1)."""
        keyed = any(name == b"sec-websocket-key" for name, _ in self.headers)
        return keyed and self._get_upgrade() == b"websocket"

    def _check_head(self) -> None:
        if self.url[:1] != b"/":
            raise _Refused
        fields = self.headers
        if len(fields) > MOST_FIELDS or (self.may_be_large and _too_large(fields)):
            self.refusal = 431
            raise _Refused

    def _begin(self, keep_alive: bool) -> None:
        before = self.cycle
        cycle = self.cycle = EdgeCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.linger = self.linger
        cycle.tunnel = self.tunnel
        cycle.start_task = self._start_asgi_task
        cycle.application = self.app
        if before is None or before.response_complete:
            self.ready = cycle
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, cycle.run))

    def _start(self, cycle: EdgeCycle) -> None:
        self.ready = None
        direct = None if cycle.more_body or self.tunnel is not None else self.direct
        if direct is None or not direct(cycle):
            self._start_asgi_task(cycle, cycle.run)

    def _wait_for_head(self) -> None:
        """A part of a head is here, and the rest must come soon; its pieces do not prolong that."""
        if self.head_bytes > LARGEST_HEAD:
            self._refuse(431)
        elif self.head_limit is None:
            self.head_limit = self.loop.call_later(self.head_seconds, self._refuse, 408)

    def _refuse(self, status: int) -> None:
        """Answer a request that no application will see, and close."""
        cycle = self.cycle
        self.ready = None
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started or self.pipeline:
                self.transport.abort()
                return
        self.transport.write(refusal(status))
        self.linger()

    def _check_quiet(self) -> None:
        """Close a connection that has been silent for too long."""
        if self.transport.is_closing():
            return
        busy = self.cycle is not None and not self.cycle.response_complete
        quiet = self.loop.time() - self.quiet_since
        if not busy and not self.lingering and quiet > KEEP_ALIVE_SECONDS:
            self.transport.close()
            return
        self.check = self.loop.call_later(CHECK_SECONDS, self._check_quiet)


def _too_large(fields: list[tuple[bytes, bytes]]) -> bool:
    sizes = [len(name) + len(value) for name, value in fields]
    return sum(sizes) > LARGEST_HEAD or max(sizes, default=0) > LARGEST_FIELD
