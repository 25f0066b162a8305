"""Second factors and recovery codes in PostgreSQL, inside one unit of work.

The secret is encrypted with a key from outside, for its owner's row alone, and anew at each
change; so a copy of the database makes no codes.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables_accounts import recovery_codes, second_factors
from auth.domain.second_factor import SecondFactor
from chassis.encryption import Encryption


class SqlSecondFactors:
    """Implements domain.account_ports.SecondFactors."""

    def __init__(self, connection: AsyncConnection, encryption: Encryption) -> None:
        self._connection = connection
        self._encryption = encryption

    async def get(self, user_id: UUID) -> SecondFactor | None:
        """Returns the account's factor, on or not yet."""
        return await self._one(user_id, select(second_factors))

    async def lock(self, user_id: UUID) -> SecondFactor | None:
        """Waits for whoever uses a code at this moment."""
        return await self._one(user_id, select(second_factors).with_for_update())

    async def put(self, factor: SecondFactor) -> None:
        """Keeps a new factor, or what has changed."""
        sealed = self._encryption.encrypt(factor.secret.encode(), place_of(factor.user_id))
        values: dict[str, bytes | datetime | int | None] = {
            "sealed_secret": sealed,
            "created_at": factor.created_at,
            "confirmed_at": factor.confirmed_at,
            "last_step": factor.last_step,
        }
        statement = insert(second_factors).values(user_id=factor.user_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
        )

    async def remove(self, user_id: UUID) -> None:
        """Forgets the factor and the recovery codes."""
        for table in (second_factors, recovery_codes):
            await self._connection.execute(delete(table).where(table.c.user_id == user_id))

    async def replace_recovery_codes(self, user_id: UUID, hashes: Iterable[bytes]) -> None:
        """Makes these the only ones."""
        table = recovery_codes
        await self._connection.execute(delete(table).where(table.c.user_id == user_id))
        rows = [{"user_id": user_id, "code_hash": code_hash} for code_hash in hashes]
        await self._connection.execute(insert(table), rows)

    async def take_recovery_code(self, user_id: UUID, code_hash: bytes) -> bool:
        """Deletes the row: whoever comes at the same moment waits, and then finds none."""
        table = recovery_codes
        statement = delete(table).where(table.c.user_id == user_id, table.c.code_hash == code_hash)
        return bool((await self._connection.execute(statement)).rowcount)

    async def _one(self, user_id: UUID, statement: Select[Any]) -> SecondFactor | None:
        found = statement.where(second_factors.c.user_id == user_id)
        row = (await self._connection.execute(found)).first()
        return self._factor(row) if row else None

    def _factor(self, row: Row[Any]) -> SecondFactor:
        secret = self._encryption.decrypt(row.sealed_secret, place_of(row.user_id))
        return SecondFactor(
            user_id=row.user_id,
            secret=secret.decode(),
            created_at=row.created_at,
            confirmed_at=row.confirmed_at,
            last_step=row.last_step,
        )


def place_of(user_id: UUID) -> str:
    """Returns for what row a secret is encrypted."""
    return f"second-factor:{user_id}"
