"""By which name the client called us, which must be one of ours.

Services build links from `Host`, and a page that points a name of its own at us (DNS rebinding)
must not be answered, so a foreign name is refused with 421. Called once a request.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from gateway.edge.problems import BAD_FIELDS, MISDIRECTED, Refusal

_HERE = ("localhost", "127.0.0.1", "[::1]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Hosts:
    """The names that clients may use: the issuer's, this machine's own and those in settings."""

    def __init__(self, issuer: str, port: int, more: Iterable[str] = ()) -> None:
        url = urlsplit(issuer)
        own = url.netloc
        names = {own, *more, *_HERE, *(f"{name}:{port}" for name in _HERE)}
        if url.port is None:
            names.add(f"{own}:{_DEFAULT_PORTS.get(url.scheme, 0)}")
        self.canonical = own.encode()
        self.origins = {f"{url.scheme}://{name}".lower() for name in names}
        self._known = {name.lower().encode() for name in names}

    def knows(self, fields: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a head names one host, and that is ours."""
        named = [value.lower() for name, value in fields if name == b"host"]
        return len(named) == 1 and named[0] in self._known

    def check(self, host: bytes | None, version: str = "1.1") -> bytes:
        """The name to pass on; raises Refusal for a foreign one, and where RFC 9112 §3.2 has it."""
        if host is None:
            if version == "1.0":
                return self.canonical
            raise Refusal(BAD_FIELDS, "Host is missing.")
        if host not in self._known and host.lower() not in self._known:
            raise Refusal(MISDIRECTED)
        return host
