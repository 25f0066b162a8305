"""The rows of auth's own keys: how they are made, encrypted and replaced.

`sign` keys are RSA-2048 and sign tokens; the `seal` key is 256 bits and authenticates refresh
tokens and forms. `key_store.py` reads them for the process, `SqlSigningKeys` changes them in a
unit of work.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Row, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables import keys
from auth.domain.key_ports import NewKey
from auth.domain.key_schedule import KeyPlan
from chassis.clock import utcnow
from chassis.encryption import Encryption
from chassis.tokens import SigningKey

RSA_BITS = 2048
_SEAL = "seal-1"

# Whoever makes, encrypts or replaces keys does so one after the other.
_KEY_LOCK = text("SELECT pg_advisory_xact_lock(7700501)")


class RsaKeys:
    """Implements domain.key_ports.KeyMaker."""

    def __init__(self, encryption: Encryption) -> None:
        self._encryption = encryption

    async def make(self) -> NewKey:
        """Takes a tenth of a second, so never on the event loop."""
        pem = await asyncio.to_thread(_new_pem)
        kid = SigningKey(pem.decode()).kid
        return NewKey(kid, self._encryption.encrypt(pem, kid))


class SqlSigningKeys:
    """Implements domain.key_ports.SigningKeys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def plans(self) -> Sequence[KeyPlan]:
        """Returns the lives of the keys that are not over."""
        rows = await read_rows(self._connection, utcnow())
        return [
            KeyPlan(row.kid, row.signs_from, row.verifies_until)
            for row in rows
            if row.purpose == "sign"
        ]

    async def lock(self) -> Sequence[KeyPlan]:
        """Waits for whoever changes keys at this moment."""
        await self._connection.execute(_KEY_LOCK)
        return await self.plans()

    async def add(self, plan: KeyPlan, key: NewKey) -> None:
        """Keeps a new key."""
        await self._connection.execute(insert(keys), [_sign_row(plan, key, utcnow())])

    async def end(self, plans: Sequence[KeyPlan]) -> None:
        """Writes when these keys are over."""
        for plan in plans:
            ending = update(keys).where(keys.c.kid == plan.kid)
            await self._connection.execute(ending.values(verifies_until=plan.verifies_until))


async def read_rows(connection: AsyncConnection, now: datetime) -> list[Row[Any]]:
    """Returns the rows of keys that are not over."""
    living = or_(keys.c.verifies_until.is_(None), keys.c.verifies_until > now)
    return list(await connection.execute(select(keys).where(living)))


async def make_first_keys(
    connection: AsyncConnection, encryption: Encryption, now: datetime
) -> None:
    """Two replicas that start on an empty database make their keys one after the other."""
    await connection.execute(_KEY_LOCK)
    if await read_rows(connection, now):
        return
    key = await RsaKeys(encryption).make()
    seal = {
        **dict.fromkeys(("signs_from", "verifies_until")),
        "kid": _SEAL,
        "purpose": "seal",
        "material": encryption.encrypt(secrets.token_bytes(32), _SEAL),
        "encrypted": True,
        "created_at": now,
    }
    rows = [_sign_row(KeyPlan(key.kid, now), key, now), seal]
    await connection.execute(insert(keys), rows)


def is_stale(row: Row[Any], encryption: Encryption) -> bool:
    """True for a row in plain, or encrypted with a key that is no longer the first."""
    return not row.encrypted or not encryption.is_current(row.material)


async def encrypt_anew(connection: AsyncConnection, encryption: Encryption) -> None:
    """Brings every row, over or not, under the first encryption key."""
    await connection.execute(_KEY_LOCK)
    for row in list(await connection.execute(select(keys))):
        if is_stale(row, encryption):
            plain = encryption.decrypt(row.material, row.kid) if row.encrypted else row.material
            values = {"material": encryption.encrypt(plain, row.kid), "encrypted": True}
            await connection.execute(update(keys).where(keys.c.kid == row.kid).values(values))


def _sign_row(plan: KeyPlan, key: NewKey, now: datetime) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "purpose": "sign",
        "material": key.sealed,
        "encrypted": True,
        "created_at": now,
        "signs_from": plan.signs_from,
        "verifies_until": plan.verifies_until,
    }


def _new_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
