"""Auth's own keys, kept in its database: one set for all replicas, made at the first start.

`sign` keys are RSA-2048 and sign access tokens; the `seal` key is 256 bits and authenticates
refresh tokens and forms. Bootstrap loads them before the first request.
"""

import asyncio
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth.adapters.tables import keys
from chassis.clock import utcnow
from chassis.tokens import PublicKey, SigningKey

RSA_BITS = 2048

# Two replicas that start on an empty database make their keys one after the other.
_KEY_LOCK = text("SELECT pg_advisory_xact_lock(7700501)")


class KeyStore:
    """The keys as of the last load; also the `JwksSource` of auth's own token verifier."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._signing: list[SigningKey] = []
        self._public: dict[str, PublicKey] = {}
        self._seal = b""

    @property
    def signer(self) -> SigningKey:
        """The newest signing key."""
        return self._signing[-1]

    @property
    def seal(self) -> bytes:
        """The symmetric key."""
        return self._seal

    async def key(self, kid: str) -> PublicKey | None:
        """Returns the public half of a signing key, or None when we have no such key."""
        return self._public.get(kid)

    def public_set(self) -> dict[str, list[dict[str, str]]]:
        """Returns the JWK set (RFC 7517 §5) that verifiers fetch."""
        return {"keys": [key.public_jwk() for key in self._signing]}

    async def load(self) -> None:
        """Reads the keys, and makes them first where the database has none."""
        async with self._engine.connect() as connection:
            rows = await _read(connection)
            if not rows:
                await connection.execute(_KEY_LOCK)
                rows = await _read(connection) or await _make(connection)
                await connection.commit()
        sign = [row for row in rows if row["purpose"] == "sign"]
        self._signing = [SigningKey(row["material"].decode(), row["kid"]) for row in sign]
        self._public = {key.kid: PublicKey(key.public_jwk()) for key in self._signing}
        self._seal = next(row["material"] for row in rows if row["purpose"] == "seal")


async def _read(connection: AsyncConnection) -> list[dict[str, Any]]:
    statement = select(keys.c.kid, keys.c.purpose, keys.c.material).order_by(keys.c.created_at)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def _make(connection: AsyncConnection) -> list[dict[str, Any]]:
    pem = await asyncio.to_thread(_new_rsa_key)
    rows: list[dict[str, Any]] = [
        {"kid": SigningKey(pem.decode()).kid, "purpose": "sign", "material": pem},
        {"kid": "seal-1", "purpose": "seal", "material": secrets.token_bytes(32)},
    ]
    now = utcnow()
    await connection.execute(insert(keys), [{**row, "created_at": now} for row in rows])
    return rows


def _new_rsa_key() -> bytes:
    """Takes a tenth of a second, so never on the event loop."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
