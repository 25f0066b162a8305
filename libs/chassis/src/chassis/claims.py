"""What an access token says, and our own check of it (RFC 9068, RFC 8725).

No library's idea of a required claim is relied on: each claim is named here, with its type.
Called by `tokens.py` once the signature is known to be right.
"""

from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

MAX_TEXT = 255


class InvalidToken(Exception):
    """The token is not one that we issued for this audience, or its time is over (401)."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of an access token; times are Unix seconds. `actor` acts for `subject`.

    `grant` names what the token came from, so that it can be revoked with it.
    """

    issuer: str
    subject: str
    token_id: str
    client_id: str
    issued_at: int
    expires_at: int
    scopes: frozenset[str]
    roles: frozenset[str]
    actor: str | None = None
    grant: str | None = None


def read_claims(payload: bytes, *, issuer: str, audience: str, now: float, leeway: float) -> Claims:
    """Returns the claims; raises InvalidToken unless every required one is there and right.

    `leeway` in seconds is granted to clocks that differ, on both ends of the token's life.
    """
    document = parse_object(payload)
    if document.get("iss") != issuer:
        _refuse("The token is not from our issuer.")
    if audience not in _audiences(document):
        _refuse("The token is not for this audience.")
    issued_at, expires_at = _seconds(document, "iat"), _seconds(document, "exp")
    if now >= expires_at + leeway:
        _refuse("The token has expired.")
    if issued_at > now + leeway or expires_at <= issued_at:
        _refuse("The times of the token do not fit.")
    if "nbf" in document and _seconds(document, "nbf") > now + leeway:
        _refuse("The token is not valid yet.")
    return Claims(
        issuer=issuer,
        subject=_text(document, "sub"),
        token_id=_text(document, "jti"),
        client_id=_text(document, "client_id"),
        issued_at=issued_at,
        expires_at=expires_at,
        scopes=_scopes(document),
        roles=_roles(document),
        actor=_actor(document),
        grant=_text(document, "grant") if "grant" in document else None,
    )


def parse_object(raw: bytes) -> dict[str, Any]:
    """Reads a JSON object strictly; raises InvalidToken for anything else."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidToken("A part of the token is not JSON.") from error
    if not isinstance(document, dict):
        _refuse("A part of the token is not an object.")
    return document


def _refuse(reason: str) -> NoReturn:
    raise InvalidToken(reason)


def _refuse_claim(name: str) -> NoReturn:
    raise InvalidToken(f"The claim {name} is missing or of the wrong kind.")


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        _refuse_claim(name)
    return value


def _seconds(document: dict[str, Any], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        _refuse_claim(name)
    return value


def _audiences(document: dict[str, Any]) -> list[Any]:
    value = document.get("aud")
    return value if isinstance(value, list) else [value]


def _scopes(document: dict[str, Any]) -> frozenset[str]:
    value = document.get("scope", "")
    if not isinstance(value, str):
        _refuse_claim("scope")
    return frozenset(value.split())


def _roles(document: dict[str, Any]) -> frozenset[str]:
    value = document.get("roles", [])
    if not isinstance(value, list) or not all(isinstance(role, str) for role in value):
        _refuse_claim("roles")
    return frozenset(value)


def _actor(document: dict[str, Any]) -> str | None:
    if "act" not in document:
        return None
    value = document["act"]
    if not isinstance(value, dict):
        _refuse_claim("act")
    return _text(value, "sub")
