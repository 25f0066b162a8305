"""The head of a service's answer as the client gets it.

Hop-by-hop fields end here, and the fields that are the edge's to say (`Date`, `Server`, CORS, the
security fields) are dropped to be said once. Called once an answer by the forwarder.
"""

from collections.abc import Iterable

from gateway.upstream.errors import MalformedAnswer

Fields = list[tuple[bytes, bytes]]

_DROPPED = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"te"),
        *(b"trailer", b"transfer-encoding", b"upgrade", b"date", b"server", b"x-powered-by"),
        *(b"x-request-id", b"traceparent", b"ratelimit", b"ratelimit-policy"),
        *(b"x-content-type-options", b"referrer-policy", b"x-frame-options"),
        *(b"access-control-allow-origin", b"access-control-allow-credentials"),
        *(b"access-control-allow-methods", b"access-control-allow-headers"),
        *(b"access-control-expose-headers", b"access-control-max-age"),
        *(b"strict-transport-security", b"cdn-cache-control"),
    }
)
_CODED = frozenset({b"connection", b"transfer-encoding"})


def answer_fields(fields: Iterable[tuple[bytes, bytes]]) -> Fields:
    """The fields that go on to the client.

    Raises MalformedAnswer for a transfer coding other than chunked.
    """
    kept: Fields = []
    for field in fields:
        name = field[0]
        if name not in _DROPPED:
            kept.append(field)
        elif name in _CODED:
            value = field[1].lower()
            if name == b"transfer-encoding" and value != b"chunked":
                raise MalformedAnswer("a transfer coding that nobody asked for")
            if name == b"connection" and value not in (b"keep-alive", b"close"):
                named = {option.strip() for option in value.split(b",")}
                return answer_fields([f for f in fields if f != field and f[0] not in named])
    return kept


class SecurityFields:
    """The fields that stand on every answer; a page's own Content-Security-Policy wins."""

    def __init__(self, *, strict_transport: bool) -> None:
        self._common = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"x-frame-options", b"DENY"),
        ]
        if strict_transport:
            self._common.append((b"strict-transport-security", b"max-age=31536000"))
        self._data = [
            *self._common,
            (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        ]
        self._page = [
            *self._common,
            (
                b"content-security-policy",
                b"default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; "
                b"base-uri 'none'; frame-ancestors 'none'",
            ),
        ]

    def for_answer(self, fields: Fields) -> Fields:
        """The fields to add to an answer with these."""
        page = False
        for name, value in fields:
            if name == b"content-security-policy":
                return self._common
            if name == b"content-type":
                page = value.startswith(b"text/html")
        return self._page if page else self._data
