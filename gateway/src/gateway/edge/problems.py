"""The problems that the edge itself answers with (RFC 9457), and the error that carries one.

The steps raise `Refusal`; the forwarder turns it into an answer. The types are listed here once,
so that `/problems/{slug}` can explain them.
"""

from typing import Any

import orjson

from chassis.problems import INTERNAL, MEDIA_TYPE, TOO_LARGE, UNAVAILABLE, ProblemType, generic

_RETRY = {"Retry-After": "1"}
_REALM = 'Bearer realm="souk"'

BAD_PATH = ProblemType(400, "bad-path", "The path of the request is not acceptable")
BAD_FIELDS = ProblemType(400, "bad-request", "The request cannot be read")
NOT_FOUND = generic(404)
MISDIRECTED = ProblemType(421, "misdirected-request", "No server of that name is here")
METHOD_NOT_ALLOWED = ProblemType(
    405,
    "method-not-allowed",
    "Method Not Allowed",
    {"Allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
)
INVALID_TOKEN = ProblemType(
    401,
    "invalid-token",
    "The access token is not valid",
    {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
)
FOREIGN_ORIGIN = ProblemType(403, "foreign-origin", "This origin may not open a socket here")
TOO_MANY = ProblemType(429, "too-many-requests", "Too many requests")
LIMITER_AWAY = ProblemType(
    503, "sign-in-closed", "Signing in is closed for a moment", {"Retry-After": "5"}
)
KEYS_AWAY = ProblemType(503, "keys-unavailable", "Tokens cannot be checked at the moment", _RETRY)
BAD_GATEWAY = ProblemType(502, "bad-gateway", "A service gave no usable answer")
OVERLOADED = ProblemType(503, "overloaded", "A service is busy", _RETRY)
TIMED_OUT = ProblemType(504, "gateway-timeout", "A service did not answer in time", _RETRY)
SLOW_BODY = ProblemType(408, "request-timeout", "The body of the request came too slowly")

EDGE_PROBLEMS = (
    BAD_PATH,
    BAD_FIELDS,
    NOT_FOUND,
    MISDIRECTED,
    METHOD_NOT_ALLOWED,
    INVALID_TOKEN,
    FOREIGN_ORIGIN,
    TOO_MANY,
    LIMITER_AWAY,
    KEYS_AWAY,
    BAD_GATEWAY,
    OVERLOADED,
    TIMED_OUT,
    SLOW_BODY,
    TOO_LARGE,
    UNAVAILABLE,
    INTERNAL,
)


class Refusal(Exception):
    """The edge answers this request itself."""

    def __init__(
        self, problem: ProblemType, detail: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail or problem.title)
        self.problem = problem
        self.detail = detail
        self.headers = headers or {}


def problem_answer(refusal: Refusal, path: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The header fields and the body of the answer to a refused request."""
    problem = refusal.problem
    document: dict[str, Any] = {
        "type": problem.uri,
        "title": problem.title,
        "status": problem.status,
        "instance": path,
    }
    if refusal.detail:
        document["detail"] = refusal.detail
    body = orjson.dumps(document)
    fields = {**problem.headers_for(refusal), **refusal.headers}
    return [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *((name.lower().encode(), value.encode()) for name, value in fields.items()),
    ], body
