"""From the `Authorization` field to a caller, with a cache of tokens that were verified.

A hit costs one dictionary look-up. An entry ends with its token or when somebody revokes that, and
after a minute in any case, so that a withdrawn key is noticed. Only good tokens are kept, so
refuse cannot push them out.
"""

import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from typing import Protocol

import orjson

from chassis.claims import Claims, InvalidToken

REVERIFY_SECONDS = 60.0


class Verifier(Protocol):
    """What `chassis.tokens.TokenVerifier` does."""

    async def verify(self, token: str) -> Claims:
        """The claims of a good token; raises InvalidToken or KeysUnavailable."""


class Caller:
    """Whom the limiter counts. `kind` is a caller class of limits/policy.py.

    `claims` are those of the token, None without one.
    """

    __slots__ = ("claims", "client_id", "key", "kind", "quoted", "subject", "valid_until")

    def __init__(
        self, kind: str, key: str, claims: Claims | None = None, valid_until: float = 0.0
    ) -> None:
        self.kind = kind
        self.key = key
        self.claims = claims
        self.client_id = claims.client_id if claims is not None else ""
        self.subject = claims.subject if claims is not None else ""
        # As they stand in a line of the log.
        self.quoted = (orjson.dumps(self.client_id), orjson.dumps(self.subject))
        self.valid_until = valid_until


class Callers:
    """See the module. `size` bounds the number of remembered tokens, `clock` gives Unix seconds.

    `revoked` says at once, from memory, whether a good token is dead (`chassis.revocations`).
    """

    def __init__(
        self,
        verifier: Verifier,
        revoked: Callable[[Claims], bool],
        *,
        size: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._verifier = verifier
        self._revoked = revoked
        self._size = size
        self._clock = clock
        self._known: dict[bytes, Caller] = {}

    def __len__(self) -> int:
        return len(self._known)

    def known(self, authorization: bytes) -> Caller | None:
        """The caller of a token verified before, while that still holds."""
        caller = self._known.get(authorization)
        if caller is None or caller.claims is None:
            return None
        if caller.valid_until <= self._clock() or self._revoked(caller.claims):
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
        token = token.strip()
        usual = b"Bearer " + token
        # Written in another way it is the same token, and has one place in memory.
        if (caller := self.known(usual)) is not None:
            return caller
        claims = await self._verifier.verify(token.decode("latin-1"))
        if self._revoked(claims):
            raise InvalidToken("The token was revoked.")
        caller = _caller(claims, self._clock() + REVERIFY_SECONDS)
        while len(self._known) >= self._size:
            # The oldest goes: it is the nearest to being verified anew anyway.
            del self._known[next(iter(self._known))]
        self._known[usual] = caller
        return caller


def anonymous(address: str) -> Caller:
    """The caller without a token: an IPv4 address, or the first half of an IPv6 address."""
    if ":" in address:
        address = _household(address)
    return Caller("anonymous", f"ip:{address}")


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
        claims,
        min(float(claims.expires_at), reverify_at),
    )
