"""For whom a proxy in front of us speaks: the client's address behind a trusted peer.

`Forwarded` and `X-Forwarded-For` are believed of configured networks alone, and no further to the
left than proxies are trusted; from anybody else they mean nothing. What comes out here is what the
limits count, the logs of services show, and the one `X-Forwarded-For` that services get.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

Networks = Iterable[IPv4Network | IPv6Network]

_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*("[^"]*"|[^";,\s]+)', re.IGNORECASE)
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+")
MOST_PEERS = 4096


class Proxies:
    """`field` is the one that the proxies write; the other would be whatever a client sent."""

    def __init__(self, networks: Networks = (), field: str = "x-forwarded-for") -> None:
        self._networks = tuple(networks)
        self._field = field.lower().encode()
        self._trusted = lru_cache(MOST_PEERS)(self._trusts)

    def find_client(self, scope: Any) -> None:
        """Put the client's address into `scope` where a proxy's stands; again does no harm."""
        if not self._networks or "proxy" in scope:
            return
        peer = scope["client"]
        if peer is None or not self._trusted(peer[0]):
            return
        address: str = peer[0]
        for named in self._named(scope["headers"]):
            if named is None:
                break
            address = named
            if not self._trusted(named):
                break
        scope["proxy"] = peer
        scope["client"] = (address, 0)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def _named(self, fields: Iterable[tuple[bytes, bytes]]) -> Iterator[str | None]:
        """The addresses from the nearest to the farthest, None for what is none."""
        values = b",".join(value for name, value in fields if name == self._field)
        for element in reversed(values.decode("latin-1").split(",")):
            text = element.strip()
            if self._field == b"forwarded":
                found = _FOR.search(text)
                text = found[1].strip('"') if found else ""
            yield _address(text)


def _address(text: str) -> str | None:
    """The IP address in a node of RFC 7239 §6, or in what stands in X-Forwarded-For."""
    found = _WITH_PORT.fullmatch(text)
    if found:
        text = found[1] or found[2]
    try:
        return str(ip_address(text))
    except ValueError:
        return None
