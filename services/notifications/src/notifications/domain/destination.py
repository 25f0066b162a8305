"""Where a webhook may go: a URL comes from a user, and our network is not theirs to look around in.

The URL is judged when it is given, the address that its name leads to each time we connect. Pure
rules; `adapters/webhook_client.py` resolves and connects.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from notifications.domain.errors import UrlRefused

Network = IPv4Network | IPv6Network

MAX_URL = 2000
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:/[!-~]*|\?[!-~]*)?)"
)
PORTS = {"http": 80, "https": 443}
# Python's `is_global` follows IANA's registries only as far as its own release knows them, so
# what is dangerous is named: link-local and metadata addresses of clouds among others.
_NEVER = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
            # Addresses that hold an IPv4 address (Teredo, 6to4), and examples.
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        ),
    )
)
# Everything else of IPv6 is local, multicast, mapped, or not given to anybody.
_GLOBAL_UNICAST = ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL in its parts; `host` has no brackets."""

    scheme: str
    host: str
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Guard:
    """What is allowed beyond public addresses and https; in production nothing is."""

    networks: Sequence[Network] = ()
    plain: bool = False

    def destination(self, url: str) -> Destination:
        """Reads a URL. Raises UrlRefused."""
        found = _URL.fullmatch(url) if len(url) <= MAX_URL else None
        if found is None or "#" in url:
            raise UrlRefused("It must be an https URL without credentials and fragment, in ASCII.")
        scheme, host = found["scheme"], found["host"].strip("[]")
        port = int(found["port"] or PORTS[scheme])
        if scheme != "https" and not self.plain:
            raise UrlRefused("It must be an https URL.")
        if not 0 < port < 65536:
            raise UrlRefused(f"There is no port {port}.")
        if is_address(host) and not self.permits(host):
            raise UrlRefused("Its address is not a public one.")
        target = found["target"] or "/"
        return Destination(scheme, host, port, target if target.startswith("/") else f"/{target}")

    def permits(self, address: str) -> bool:
        """True for an address that we may connect to: a public one, or of an allowed network."""
        found = _read(address)
        if any(found in network for network in self.networks):
            return True
        if isinstance(found, IPv6Address) and found not in _GLOBAL_UNICAST:
            return False
        return found.is_global and not any(found in network for network in _NEVER)


def is_address(host: str) -> bool:
    """True for an address in its usual form; other forms are resolved, and judged then."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _read(address: str) -> IPv4Address | IPv6Address:
    """Returns the address that is meant: of `::ffff:10.0.0.1` the last part."""
    found = ip_address(address.partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found
