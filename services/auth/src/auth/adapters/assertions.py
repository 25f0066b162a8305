"""Verifies the JWTs that clients sign with their registered keys (RFC 7521, RFC 7523).

joserfc does the JOSE work, with asymmetric algorithms only and the one key that is registered;
what a claim must say is checked here. Access tokens are another matter: see `chassis.tokens`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from auth.application.server_metadata import ASSERTION_ALGORITHMS
from auth.domain.client import Client
from auth.domain.grant_ports import Assertion

MAX_LIFETIME = timedelta(minutes=5)
MAX_BYTES = 8 * 1024
LEEWAY_SECONDS = 5
MAX_JTI = 255


class JwtAssertions:
    """Implements domain.ports.Assertions. `audiences` are the names this server answers to."""

    def __init__(self, audiences: list[str]) -> None:
        self._audiences = audiences

    def claimed_client(self, assertion: str) -> str | None:
        """Reads `iss` without trusting it."""
        try:
            claims = _payload(assertion)
        except (JoseError, ValueError):
            return None
        issuer = claims.get("iss")
        return issuer if isinstance(issuer, str) and _is_plain(issuer) else None

    def verify(self, assertion: str, client: Client, now: datetime) -> Assertion | None:
        """Requires iss, sub, aud, exp and jti, and an end within MAX_LIFETIME."""
        if client.public_key is None or len(assertion) > MAX_BYTES:
            return None
        try:
            key = _key(json.dumps(dict(client.public_key), sort_keys=True))
            token = jwt.decode(assertion, key, algorithms=list(ASSERTION_ALGORITHMS))
            self._registry(client, now).validate(token.claims)
        except (JoseError, ValueError, RecursionError):
            return None
        return _read(token, now)

    def _registry(self, client: Client, now: datetime) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": client.id},
            sub={"essential": True},
            aud={"essential": True, "values": list(self._audiences)},
            exp={"essential": True},
            jti={"essential": True},
        )


@lru_cache(maxsize=64)
def _key(jwk: str) -> Key:
    """Reading an RSA key costs as much as verifying with it, and it is the same one each time."""
    return import_key(json.loads(jwk))


def _payload(assertion: str) -> Mapping[str, Any]:
    """Raises JoseError or ValueError for anything that is not a compact JWS of an object."""
    if len(assertion) > MAX_BYTES:
        raise ValueError("too long")
    # Unlike the standard library's it ends at any depth; anybody may send this.
    claims = orjson.loads(jws.extract_compact(assertion.encode()).payload)
    if not isinstance(claims, dict):
        raise ValueError("not an object")
    return claims


def _read(token: jwt.Token, now: datetime) -> Assertion | None:
    """A long-lived assertion is refused: it would have to be remembered as long."""
    claims = token.claims
    latest = (now + MAX_LIFETIME).timestamp() + LEEWAY_SECONDS
    if token.header.get("typ", "JWT") != "JWT" or claims["exp"] > latest:
        return None
    if len(claims["jti"]) > MAX_JTI or not _is_plain(claims["jti"]):
        return None
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    return Assertion(claims["iss"], claims["sub"], claims["jti"], expires_at)


def _is_plain(text: str) -> bool:
    """True for printable ASCII; PostgreSQL cannot even be asked about U+0000."""
    return text.isascii() and text.isprintable()
