"""The head of a request as a service gets it: what may pass, what is dropped, what we say.

Hop-by-hop fields end here (RFC 9110 §7.6.1), with those that `Connection` names; whatever claims
who the client is, is dropped and said anew by us. Called once a request by the forwarder.
"""

import re
from collections.abc import Iterable
from typing import Any

from gateway.edge.problems import BAD_FIELDS, Refusal
from gateway.edge.tracing import Trace

Fields = Iterable[tuple[bytes, bytes]]

_DROPPED = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization"),
        *(b"proxy-authenticate", b"te", b"trailer", b"upgrade", b"http2-settings", b"expect"),
        *(b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"client-ip", b"true-client-ip"),
        *(b"cf-connecting-ip", b"x-cluster-client-ip", b"x-original-url", b"x-rewrite-url"),
        *(b"x-http-method-override", b"x-http-method", b"x-method-override"),
        *(b"traceparent", b"tracestate", b"baggage", b"b3"),
    }
)
_FORGEABLE = (b"x-user-", b"x-forwarded-", b"x-souk-", b"x-b3-")
_READ = frozenset(
    {b"host", b"authorization", b"content-length", b"transfer-encoding", b"x-request-id"}
)
# Fields that mean something to the service, so no hop may claim them for itself.
_END_TO_END = frozenset(
    {
        *(b"host", b"authorization", b"content-length", b"transfer-encoding", b"content-type"),
        *(b"cart-token", b"idempotency-key", b"if-match", b"if-none-match", b"cookie", b"prefer"),
    }
)
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_PLAIN_CONNECTION = frozenset({b"keep-alive", b"close"})


class RequestHead:
    """What the forwarder has to know of a request's head, and the lines that go on.

    Made by `read_head`.
    """

    __slots__ = ("authorization", "chunked", "host", "length", "lines", "request_id")

    def __init__(self) -> None:
        self.authorization: bytes | None = None
        self.host: bytes | None = None
        self.length: int | None = None
        self.request_id: bytes | None = None
        self.chunked = False
        self.lines = [b""]

    def read(self, fields: Fields) -> bytes | None:
        """Take the fields in; stops at a Connection field that names others, and returns it."""
        lines = self.lines
        for name, value in fields:
            if name in _READ:
                self._note(name, value)
            elif name in _DROPPED:
                if name == b"connection" and value.lower() not in _PLAIN_CONNECTION:
                    return value
            elif not name.startswith(_FORGEABLE) and b"_" not in name:
                lines.append(b"%b: %b\r\n" % (name, value))
        return None

    @property
    def has_body(self) -> bool:
        """Whether a body follows, even one of unknown length."""
        return self.chunked or bool(self.length)

    def render(self, scope: Any, host: bytes, trace: Trace) -> bytes:
        """The head as bytes; `host` is the checked name by which the client called us."""
        lines = self.lines
        query = scope["query_string"]
        lines[0] = b"%b %b%b HTTP/1.1\r\nhost: %b\r\n" % (
            scope["method"].encode(),
            scope["raw_path"],
            b"?" + query if query else b"",
            host,
        )
        if self.authorization is not None:
            lines.append(b"authorization: %b\r\n" % self.authorization)
        if self.chunked:
            lines.append(b"transfer-encoding: chunked\r\n")
        elif self.length is not None:
            lines.append(b"content-length: %d\r\n" % self.length)
        client = scope["client"]
        lines.append(
            b"x-request-id: %b\r\ntraceparent: %b\r\nx-forwarded-for: %b\r\n"
            b"x-forwarded-proto: %b\r\nx-forwarded-host: %b\r\n\r\n"
            % (
                self.request_id or trace.trace_id,
                trace.traceparent,
                client[0].encode() if client else b"unknown",
                scope["scheme"].encode(),
                host,
            )
        )
        return b"".join(lines)

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            _once(self.host, name)
            self.host = value
        elif name == b"authorization":
            _once(self.authorization, name)
            self.authorization = value
        elif name == b"content-length":
            _once(self.length, name)
            if not value.isdigit():
                raise Refusal(BAD_FIELDS, "Content-Length is not a number.")
            self.length = int(value)
        elif name == b"transfer-encoding":
            if value.lower() != b"chunked" or self.chunked:
                raise Refusal(BAD_FIELDS, "The only transfer coding here is chunked.")
            self.chunked = True
        elif _SANE_ID.fullmatch(value):
            self.request_id = value


def read_head(fields: Fields) -> RequestHead:
    """Read the fields of a request; raises Refusal where two servers might read differently."""
    head = RequestHead()
    while (connection := head.read(fields)) is not None:
        fields = _without_named(fields, connection)
        head = RequestHead()
    return head


def _once(seen: object, name: bytes) -> None:
    if seen is not None:
        raise Refusal(BAD_FIELDS, f"{name.decode()} stands twice in the head.")


def _without_named(fields: Fields, connection: bytes) -> list[tuple[bytes, bytes]]:
    """The fields that are left when those named by a Connection field are taken away."""
    named = {option.strip() for option in connection.lower().split(b",")} - {b""}
    if named & _END_TO_END:
        raise Refusal(BAD_FIELDS, "Connection names a field that is not for one hop.")
    return [
        field
        for field in fields
        if field[0] not in named and not (field[0] == b"connection" and field[1] == connection)
    ]
