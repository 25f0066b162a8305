"""Signs the short JWTs with which the operator proves itself (RFC 7515, RFC 7523), by RS256.

`operator.py` is the only caller. The key is the private JWK of the stack's secrets file.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

LIFETIME_SECONDS = 60


class Signer:
    """A private key that signs, and from which other secrets of the operator are derived."""

    def __init__(self, jwk: Mapping[str, str]) -> None:
        self._kid = jwk.get("kid", "")
        self._secret = jwk["d"].encode()
        self._key = _private_key(jwk)

    def assertion(self, *, issuer: str, subject: str, audience: str) -> str:
        """A JWT that works once and for a minute."""
        now = int(time.time())
        claims = {
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": secrets.token_urlsafe(18),
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": self._kid}
        signed = f"{_part(header)}.{_part(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{_base64url(signature)}"

    def derived(self, purpose: str) -> str:
        """32 bytes in base64url, always the same for a purpose, that nobody else can guess."""
        return _base64url(hmac.digest(self._secret, purpose.encode(), hashlib.sha256))


def _private_key(jwk: Mapping[str, str]) -> rsa.RSAPrivateKey:
    n, e, d, p, q, dp, dq, qi = (
        int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=="), "big")
        for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")
    )
    return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, rsa.RSAPublicNumbers(e, n)).private_key()


def _part(document: Mapping[str, object]) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
