"""Access tokens for the bench, signed with a key that lasts as long as the run.

Made here so that the command needs nothing of auth; the gateway verifies them with the JWK set
that the tiny service hands out, HAProxy with the PEM. Used by `subjects.py`.
"""

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "http://localhost:8080"
_LIFE_SECONDS = 3600


class Mint:
    """RS256 tokens as auth writes them (RFC 9068)."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._count = 0

    def jwks(self) -> str:
        """The public key as a JWK set (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "kid": "bench",
            "use": "sig",
            "alg": "RS256",
            "n": _encoded(numbers.n.to_bytes(256, "big")),
            "e": _encoded(numbers.e.to_bytes(3, "big")),
        }
        return json.dumps({"keys": [key]})

    def pem(self) -> bytes:
        """The public key for HAProxy."""
        public = self._key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def tokens(self, count: int) -> list[str]:
        """So many different tokens, each of an account of its own."""
        return [self._token() for _ in range(count)]

    def _token(self) -> str:
        self._count += 1
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": "souk",
            "sub": f"account-{self._count}",
            "client_id": "bench",
            "jti": f"token-{self._count}",
            "iat": now,
            "exp": now + _LIFE_SECONDS,
            "scope": "orders:read",
            "roles": ["customer"],
        }
        header = {"alg": "RS256", "typ": "at+jwt", "kid": "bench"}
        signed = f"{_part(header)}.{_part(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{_encoded(signature)}"


def _part(document: dict[str, Any]) -> str:
    return _encoded(json.dumps(document, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
