"""From the `Authorization` field to a caller, with a cache of tokens that were verified.

A hit costs one dictionary look-up. An entry ends with its token, and after a minute in any case,
so that a withdrawn key is noticed. Only good tokens are kept, so refuse cannot push them out.
"""

import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from typing import Protocol

from chassis.claims import Claims

REVERIFY_SECONDS = 60.0


class Verifier(Protocol):
    """What `chassis.tokens.TokenVerifier` does."""

    async def verify(self, token: str) -> Claims:
        """The claims of a good token; raises InvalidToken or KeysUnavailable."""


class Caller:
    """Whom the limiter counts. `kind` is a caller class of limits/policy.py."""

    __slots__ = ("client_id", "key", "kind", "subject", "valid_until")

    def __init__(
        self, kind: str, key: str, *, client_id: str, subject: str, valid_until: float
    ) -> None:
        self.kind = kind
        self.key = key
        self.client_id = client_id
        self.subject = subject
        self.valid_until = valid_until


class Callers:
    """See the module. `size` bounds the number of remembered tokens, `clock` gives Unix seconds."""

    def __init__(
        self, verifier: Verifier, *, size: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._verifier = verifier
        self._size = size
        self._clock = clock
        self._known: dict[bytes, Caller] = {}

    def __len__(self) -> int:
        return len(self._known)

    def known(self, authorization: bytes) -> Caller | None:
        """The caller of a token verified before, while that still holds."""
        caller = self._known.get(authorization)
        if caller is not None and caller.valid_until <= self._clock():
            del self._known[authorization]
            return None
        return caller

    async def verify(self, authorization: bytes) -> Caller | None:
        """The caller of a token not seen yet; None for another scheme than Bearer.

        Raises InvalidToken, and KeysUnavailable when auth cannot be asked for its keys.
        """
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        claims = await self._verifier.verify(token.strip().decode("latin-1"))
        caller = _caller(claims, self._clock() + REVERIFY_SECONDS)
        while len(self._known) >= self._size:
            # The oldest goes: it is the nearest to being verified anew anyway.
            del self._known[next(iter(self._known))]
        self._known[authorization] = caller
        return caller


def anonymous(address: str) -> Caller:
    """The caller without a token: an IPv4 address, or the first half of an IPv6 address."""
    if ":" in address:
        address = _household(address)
    return Caller("anonymous", f"ip:{address}", client_id="", subject="", valid_until=0.0)


def _household(address: str) -> str:
    """The /64 of an IPv6 address: one household or machine gets a whole one."""
    parsed = IPv6Address(address.partition("%")[0])
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, 64), strict=False).network_address)


def _caller(claims: Claims, reverify_at: float) -> Caller:
    """A machine acts for itself, or by token exchange for somebody (RFC 8693)."""
    machine = claims.actor is not None or claims.subject == claims.client_id
    return Caller(
        "machine" if machine else "customer",
        f"{claims.client_id}:{claims.subject}",
        client_id=claims.client_id,
        subject=claims.subject,
        valid_until=min(float(claims.expires_at), reverify_at),
    )
