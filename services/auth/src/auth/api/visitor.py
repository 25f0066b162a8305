"""Who sends a request: the IP address and the browser's name.

`X-Forwarded-For` counts only when a trusted proxy, the gateway, wrote it; its last entry is the
one that this proxy saw itself.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from fastapi import Request

from auth.domain.session import USER_AGENT_LENGTH, Visitor

Networks = Sequence[IPv4Network | IPv6Network]


def visitor_of(request: Request, trusted_proxies: Networks) -> Visitor:
    """Returns who is at the other end; the address is empty when nothing says it."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    address = forwarded if _is_ip(forwarded) and _within(peer, trusted_proxies) else peer
    agent = request.headers.get("user-agent", "")
    shown = "".join(character for character in agent if character.isprintable())
    return Visitor(address, shown[:USER_AGENT_LENGTH])


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(peer: str, networks: Networks) -> bool:
    return _is_ip(peer) and any(ip_address(peer) in network for network in networks)
