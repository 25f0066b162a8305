"""Which web pages may use the shop from a browser: cross-origin requests (CORS) and WebSockets.

The list is exact and comes from settings. A page from elsewhere gets no field that would let it
read an answer. Cookies are never included: tokens travel in `Authorization`, and the pages with
cookies are on our own origin.
"""

import re
from collections.abc import Iterable

Fields = list[tuple[bytes, bytes]]

ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")
PREFLIGHT_SECONDS = 600

_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_FIELDS = (
    b"Authorization, Cart-Token, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
    b"Last-Event-ID, Prefer, X-Request-Id"
)
_ANSWER_FIELDS = (
    b"Deprecation, ETag, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, "
    b"Retry-After, Sunset, X-Request-Id"
)


class Origins:
    """`allowed` are exact origins such as `https://app.example`, `own` are ours."""

    def __init__(self, allowed: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        self._vary: Fields = [(b"vary", b"Origin")]
        self._known = {
            origin.encode(): [
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-expose-headers", _ANSWER_FIELDS),
                *self._vary,
            ]
            for origin in allowed
        }
        self._sockets = {*self._known, *(origin.encode() for origin in own)}

    def fields(self, request: Iterable[tuple[bytes, bytes]]) -> Fields:
        """What to say of the origin on the answer to a request with these fields."""
        if not self._known:
            return []
        return self._known.get(_only(request, b"origin") or b"", self._vary)

    def preflight(self, request: Iterable[tuple[bytes, bytes]]) -> Fields | None:
        """What to answer when a browser asks whether it may; None if this is another OPTIONS."""
        request = list(request)
        origin = _only(request, b"origin")
        if origin is None or _only(request, b"access-control-request-method") is None:
            return None
        asked = b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        fields = [(b"vary", asked)]
        if origin in self._known:
            fields += [
                (b"access-control-allow-origin", origin),
                (b"access-control-allow-methods", _METHODS),
                (b"access-control-allow-headers", _REQUEST_FIELDS),
                (b"access-control-max-age", b"%d" % PREFLIGHT_SECONDS),
            ]
        return fields

    def may_open_socket(self, request: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a WebSocket may be opened: browsers send Origin, and do not ask first."""
        origins = [value for name, value in request if name == b"origin"]
        return not origins or (len(origins) == 1 and origins[0] in self._sockets)


def _only(fields: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of a field that stands there once."""
    values = [value for found, value in fields if found == name]
    return values[0] if len(values) == 1 else None
