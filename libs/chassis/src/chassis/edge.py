"""What surrounds every request of a service: id, trace, body limit, metrics and one log line.

A plain ASGI layer, and the outermost, so that it sees every answer; `application.py` puts it
there. `outages.py` lies within.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from time import perf_counter

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.access_sampling import AccessSampling
from chassis.bodies import MAX_BODY_BYTES, BodyTooLarge, ClientGone, MalformedJson, buffered
from chassis.context import conversation, current_conversation
from chassis.ids import uuid7_text
from chassis.logs import get_logger
from chassis.metrics import observe_request
from chassis.problems import (
    BAD_REQUEST,
    MALFORMED_JSON,
    TOO_LARGE,
    UNAVAILABLE,
    ProblemTable,
    problem_for,
)
from chassis.telemetry import extract, tracer

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")
_QUIET = ("/health/", "/metrics")
UNMATCHED = "unmatched"
# What nginx writes in its log for a client that left; nobody receives it.
CLIENT_GONE = 499

log = get_logger(__name__)


class MalformedUrl(Exception):
    """The URL holds NUL, which no text of ours may hold (400)."""

    def __init__(self) -> None:
        super().__init__("The URL holds the character U+0000.")


class CutShort(Exception):
    """The process stops, and this request had not ended in the time that it had for that (503)."""

    def __init__(self) -> None:
        super().__init__("The service is stopping; whether the request took effect is not known.")


EDGE_PROBLEMS: ProblemTable = {
    BodyTooLarge: TOO_LARGE,
    MalformedJson: MALFORMED_JSON,
    MalformedUrl: BAD_REQUEST,
}


class Exchange:
    """One request and what is known of its answer so far."""

    __slots__ = (
        "draining",
        "headers",
        "method",
        "path",
        "request_id",
        "scope",
        "send",
        "started",
        "status",
    )

    def __init__(self, scope: Scope, send: Send, draining: Callable[[], bool]) -> None:
        self.started = perf_counter()
        self.draining = draining
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
        # RFC 9110 asks that HEAD be answered as GET is; the server leaves the body out.
        self.scope = {**scope, "method": "GET"} if self.method == "HEAD" else scope
        self.request_id = _sane(self.headers.get(b"x-request-id"))
        self.send = send
        self.status = 0

    @property
    def route(self) -> str:
        """The template of the route that answered."""
        template = getattr(self.scope.get("route"), "path_format", None)
        return template if isinstance(template, str) else UNMATCHED

    async def answer(self, message: Message) -> None:
        """Passes a message on, with the request's id in the head. Raises ClientGone.

        A process that is about to end says so: no further request may come on this connection.
        """
        if message["type"] == "http.response.start":
            self.status = message["status"]
            extra = [(b"x-request-id", self.request_id.encode())]
            if self.draining():
                extra.append((b"connection", b"close"))
            message = {**message, "headers": [*message.get("headers", ()), *extra]}
        try:
            await self.send(message)
        except OSError as error:
            # So a server says since ASGI 2.4 that the client has left.
            raise ClientGone from error


class Edge:
    """The outermost layer; `draining` is true once the process was asked to end.

    `body_limits` are bytes by the prefix of a path, where the common limit is not enough.
    """

    def __init__(
        self,
        app: ASGIApp,
        draining: Callable[[], bool],
        sampling: AccessSampling,
        body_limits: Mapping[str, int],
    ) -> None:
        self._app = app
        self._draining = draining
        self._sampling = sampling
        self._body_limits = tuple(body_limits.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; other kinds of scope pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, send, self._draining)
        parent = extract(_text(exchange, b"traceparent"), _text(exchange, b"tracestate"))
        span = tracer().start_span(exchange.method, parent, SpanKind.SERVER)
        token = otel_context.attach(trace.set_span_in_context(span, parent))
        try:
            with conversation(exchange.request_id):
                try:
                    await self._handle(exchange, receive)
                finally:
                    _account(exchange, span, self._sampling)
        finally:
            otel_context.detach(token)
            span.end()

    async def _handle(self, exchange: Exchange, receive: Receive) -> None:
        try:
            await self._admit(exchange, receive)
        except ClientGone:
            exchange.status = CLIENT_GONE

    async def _admit(self, exchange: Exchange, receive: Receive) -> None:
        scope = exchange.scope
        try:
            _check_url(scope)
            receive = await buffered(scope, receive, self._body_limit(exchange.path))
        except (BodyTooLarge, MalformedJson, MalformedUrl) as error:
            response = problem_for(EDGE_PROBLEMS[type(error)], error, exchange.path)
            await response(scope, receive, exchange.answer)
        else:
            await self._answer(exchange, receive)

    def _body_limit(self, path: str) -> int:
        for prefix, limit in self._body_limits:
            if path.startswith(prefix):
                return limit
        return MAX_BODY_BYTES

    async def _answer(self, exchange: Exchange, receive: Receive) -> None:
        try:
            await self._app(exchange.scope, receive, exchange.answer)
        except asyncio.CancelledError:
            # uvicorn does this to what is left at the end of a shutdown.
            if not exchange.status:
                response = problem_for(UNAVAILABLE, CutShort(), exchange.path)
                await response(exchange.scope, receive, exchange.answer)
            raise


def _account(exchange: Exchange, span: trace.Span, sampling: AccessSampling) -> None:
    """Writes down what became of the request: metrics, span and the access line."""
    seconds = perf_counter() - exchange.started
    route, status = exchange.route, exchange.status
    observe_request(exchange.method, route, status, seconds)
    if span.is_recording():
        _describe(span, exchange.method, route, status)
    trace_id = span.get_span_context().trace_id
    if sampling.everything or sampling.keeps(status, seconds, trace_id):
        _write(exchange, route, status, seconds)


def _describe(span: trace.Span, method: str, route: str, status: int) -> None:
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
    )
    if status >= 500 or status == 0:
        span.set_status(Status(StatusCode.ERROR))


def _write(exchange: Exchange, route: str, status: int, seconds: float) -> None:
    write = log.debug if exchange.path.startswith(_QUIET) else log.info
    deed = current_conversation().deed
    write(
        "request",
        method=exchange.method,
        path=exchange.path,
        route=route,
        status=status,
        ms=round(seconds * 1000, 2),
        **({"actor": deed.actor} if deed else {}),
    )


def _check_url(scope: Scope) -> None:
    if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
        raise MalformedUrl


def _sane(raw: bytes | None) -> str:
    """Returns the client's request id if it is harmless, else a new one."""
    if raw is not None and _REQUEST_ID.fullmatch(raw):
        return raw.decode()
    return uuid7_text()


def _text(exchange: Exchange, name: bytes) -> str | None:
    raw = exchange.headers.get(name)
    return raw.decode("latin-1") if raw is not None else None
