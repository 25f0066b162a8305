"""By which name the client called us, when that is one of ours.

Services build links from `Host`, so a foreign name must not reach them: a request with one is
served, and the service sees the issuer's name. Called once a request by the forwarder.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from gateway.edge.problems import BAD_FIELDS, Refusal

_HERE = ("localhost", "127.0.0.1", "[::1]")


class Hosts:
    """The names that clients may use: the issuer's, this machine's own and those in settings."""

    def __init__(self, issuer: str, port: int, more: Iterable[str] = ()) -> None:
        own = urlsplit(issuer).netloc
        names = {own, *more, *_HERE, *(f"{name}:{port}" for name in _HERE)}
        self.canonical = own.encode()
        self._known = {name.lower().encode() for name in names}

    def check(self, host: bytes | None, version: str = "1.1") -> bytes:
        """The name to pass on; raises Refusal for HTTP/1.1 without Host (RFC 9112 §3.2)."""
        if host is None:
            if version == "1.0":
                return self.canonical
            raise Refusal(BAD_FIELDS, "Host is missing.")
        return host if host in self._known else self.canonical
