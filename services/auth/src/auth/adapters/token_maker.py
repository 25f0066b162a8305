"""Makes the tokens that leave this service: signed access and ID tokens, sealed refresh tokens.

An access token is a JWT as RFC 9068 lays down, an ID token as OpenID Connect Core §2 does. A
refresh token is a family's id and generation under a MAC: nothing of it is stored, and no past
token is ever mistaken for a forged one.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Protocol
from uuid import UUID

from auth.application.protocol import half_hash, scope_text
from auth.application.token_request import ACCESS_TOKEN_SECONDS
from auth.domain.grant_ports import AccessClaims, IdClaims, IdToken
from chassis.claims import InvalidToken, parse_object
from chassis.tokens import PublicKey, SigningKey, read_kid

ID_TOKEN = "JWT"  # noqa: S105  A media type: what at+jwt is to access tokens.
ID_TOKEN_SECONDS = ACCESS_TOKEN_SECONDS

_ID_BYTES = 16
_BODY_BYTES = _ID_BYTES + 4
_TOKEN_LENGTH = 70


class Keys(Protocol):
    """The keys under which tokens are made; `key_store.py` has them."""

    @property
    def signer(self) -> SigningKey:
        """Signs access tokens."""

    def public(self, kid: str) -> PublicKey | None:
        """Checks signatures that an earlier or present signer made."""

    @property
    def seal(self) -> bytes:
        """Authenticates what only we read again."""


class SignedTokens:
    """Implements domain.grant_ports.TokenMaker."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    def access_token(self, claims: AccessClaims) -> str:
        """Returns a JWT of type at+jwt that is valid for ACCESS_TOKEN_SECONDS."""
        issued_at = int(claims.issued_at.timestamp())
        document: dict[str, object] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": claims.subject,
            "client_id": claims.client_id,
            "scope": scope_text(claims.scopes),
            "roles": sorted(claims.roles),
            "iat": issued_at,
            "exp": issued_at + ACCESS_TOKEN_SECONDS,
            "jti": str(claims.jti),
        }
        if claims.actor is not None:
            document["act"] = {"sub": claims.actor}
        if claims.grant is not None:
            document["grant"] = str(claims.grant)
        return self._keys.signer.sign(document)

    def id_token(self, claims: IdClaims) -> str:
        """Returns a JWT for the client alone, of another type than access tokens have."""
        issued_at = int(claims.issued_at.timestamp())
        document: dict[str, object] = {
            "iss": self._issuer,
            "sub": str(claims.subject),
            "aud": claims.client_id,
            "iat": issued_at,
            "exp": issued_at + ID_TOKEN_SECONDS,
            "auth_time": int(claims.authentication.at.timestamp()),
            "amr": list(claims.authentication.methods),
            "at_hash": half_hash(claims.access_token),
        }
        if claims.authentication.session_id is not None:
            document["sid"] = str(claims.authentication.session_id)
        if claims.nonce is not None:
            document["nonce"] = claims.nonce
        return self._keys.signer.sign(document, ID_TOKEN)

    def open_id_token(self, token: str) -> IdToken | None:
        """Takes one that has expired, too: a hint says who it was for, and is no credential."""
        try:
            key = self._keys.public(read_kid(token, ID_TOKEN))
            claims = parse_object(key.open(token, ID_TOKEN)) if key else {}
        except InvalidToken:
            return None
        if claims.get("iss") != self._issuer or "at_hash" not in claims:
            return None
        session_id = claims.get("sid")
        return IdToken(str(claims["sub"]), str(claims["aud"]), session_id)

    def refresh_token(self, family_id: UUID, generation: int) -> str:
        """Returns base64url(family id, generation, HMAC-SHA-256): 70 characters."""
        body = family_id.bytes + generation.to_bytes(4, "big")
        sealed = body + seal(self._keys.seal, "refresh-token", body)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open_refresh_token(self, token: str) -> tuple[UUID, int] | None:
        """Returns None for anything that `refresh_token` never returned."""
        if len(token) != _TOKEN_LENGTH:
            return None
        try:
            sealed = base64.b64decode(token + "==", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        body, mac = sealed[:_BODY_BYTES], sealed[_BODY_BYTES:]
        if not hmac.compare_digest(mac, seal(self._keys.seal, "refresh-token", body)):
            return None
        return UUID(bytes=body[:_ID_BYTES]), int.from_bytes(body[_ID_BYTES:], "big")


class FormSeal:
    """CSRF tokens: a MAC of the browser's own cookie, which no other site can read."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def token(self, session_id: str) -> str:
        """Returns what the form of this browser must send back."""
        return seal(self._keys.seal, "form", session_id.encode()).hex()

    def fits(self, session_id: str, token: str) -> bool:
        """True when the form was made for this browser."""
        return hmac.compare_digest(self.token(session_id).encode(), token.encode())


def seal(key: bytes, purpose: str, message: bytes) -> bytes:
    """Returns a MAC that is good for one purpose only."""
    return hmac.digest(key, purpose.encode() + b"\0" + message, hashlib.sha256)
