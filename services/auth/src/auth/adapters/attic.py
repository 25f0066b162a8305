"""Deletes rows that nothing can use any more; the hourly worker drives it.

Each deletion is a transaction of its own, so that it holds no lock while the other one runs.
"""

from datetime import datetime

from sqlalchemy import Delete, delete
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.tables import authorization_codes, keys, refresh_families, revocations
from auth.adapters.tables_accounts import mailed_tokens
from chassis.database import upkeep


class SqlAttic:
    """Implements application.purge_expired.Attic."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def forget_codes_before(self, moment: datetime) -> int:
        """A replay of a forgotten code is merely an unknown code."""
        codes = authorization_codes
        return await self._run(delete(codes).where(codes.c.issued_at < moment))

    async def forget_families_before(self, moment: datetime) -> int:
        """No token of such a family was good any more."""
        families = refresh_families
        return await self._run(delete(families).where(families.c.expires_at < moment))

    async def forget_links_before(self, moment: datetime) -> int:
        """An expired link and an unknown one are told the same."""
        return await self._run(delete(mailed_tokens).where(mailed_tokens.c.expires_at < moment))

    async def forget_revocations_before(self, moment: datetime) -> int:
        """One that the edges were never told of is kept until they are."""
        over = revocations.c.until < int(moment.timestamp())
        return await self._run(delete(revocations).where(over, revocations.c.published))

    async def forget_keys_before(self, moment: datetime) -> int:
        """Nothing that such a key signed is valid any more."""
        return await self._run(delete(keys).where(keys.c.verifies_until < moment))

    async def _run(self, statement: Delete) -> int:
        async with upkeep(self._engine) as connection:
            return (await connection.execute(statement)).rowcount
