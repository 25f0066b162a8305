"""The secrets of one stack: made at the first start, kept in a file that only its owner reads.

`up` makes them, the process table hands each service its own, and the operator commands (import,
replay) sign with the private key. Removing the file with the data is `reset`; nothing else does.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from native.place import Place, write_private

DATABASES = ("auth", "inventory", "orders", "payments", "notifications")


@dataclass(frozen=True, slots=True)
class Vault:
    """Passwords of PostgreSQL's administrator and of each service's role, and the operator key."""

    postgres: str
    roles: dict[str, str]
    operator_jwk: dict[str, str]

    @property
    def operator_public_jwk(self) -> dict[str, str]:
        """The part that auth may know (RFC 7517): the private members are left out."""
        return {k: v for k, v in self.operator_jwk.items() if k not in PRIVATE_MEMBERS}

    @property
    def webhook_secret(self) -> str:
        """What the payment provider signs with; derived, so that an older file has one too."""
        return hashlib.sha256(f"provider-webhooks {self.roles['payments']}".encode()).hexdigest()

    @property
    def media_key(self) -> str:
        """What the catalogue signs the URLs of uploads with; derived as the one above."""
        return hashlib.sha256(f"media-uploads {self.postgres}".encode()).hexdigest()


PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi"})


def open_vault(place: Place) -> Vault:
    """The vault of this home, made on first use."""
    if place.secrets.exists():
        return Vault(**json.loads(place.secrets.read_text()))
    vault = Vault(
        postgres=secrets.token_hex(24),
        roles={service: secrets.token_hex(24) for service in DATABASES},
        operator_jwk=_new_signing_key(),
    )
    write_private(place.secrets, json.dumps(asdict(vault), indent=1))
    return vault


def _new_signing_key() -> dict[str, str]:
    """A fresh RSA key of 2048 bits as a private JWK (RFC 7518 §6.3)."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    numbers = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
    members: dict[str, int] = {
        "n": numbers.public_numbers.n,
        "e": numbers.public_numbers.e,
        "d": numbers.d,
        "p": numbers.p,
        "q": numbers.q,
        "dp": numbers.dmp1,
        "dq": numbers.dmq1,
        "qi": numbers.iqmp,
    }
    header: dict[str, Any] = {"kty": "RSA", "use": "sig", "alg": "RS256"}
    header["kid"] = "operator-" + secrets.token_hex(6)
    return header | {name: _base64url(value) for name, value in members.items()}


def _base64url(number: int) -> str:
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
