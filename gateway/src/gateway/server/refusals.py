"""The answers that the server gives by itself, when no application can.

`protocol.py` sends `refusal` for a request that cannot be read, `cycle.py` sends `internal_error`
for an application that failed. Both are RFC 9457 problems; the edge's own are in `edge/`.
"""

from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

_REFUSALS = {
    400: ("bad-request", "The request cannot be read"),
    408: ("request-timeout", "The request came too slowly"),
    414: ("target-too-long", "The address of the request is too long"),
    431: ("head-too-large", "The header fields are too large"),
    500: ("internal-error", "Something went wrong on our side"),
}
HEADERS = [
    (b"content-type", b"application/problem+json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"connection", b"close"),
]


def refusal(status: int) -> bytes:
    """A whole answer as it goes over the wire; the connection ends after it."""
    body = _document(status)
    fields = [*HEADERS, (b"content-length", b"%d" % len(body))]
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    return STATUS_LINE[status] + lines + b"\r\n" + body


def internal_error() -> tuple[dict[str, Any], dict[str, Any]]:
    """The two ASGI messages of a 500."""
    body = _document(500)
    headers = [*HEADERS, (b"content-length", b"%d" % len(body))]
    return (
        {"type": "http.response.start", "status": 500, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


def _document(status: int) -> bytes:
    slug, title = _REFUSALS[status]
    return orjson.dumps({"type": f"/problems/{slug}", "title": title, "status": status})
