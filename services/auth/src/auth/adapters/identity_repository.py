"""Which identity elsewhere opens which account, in PostgreSQL, inside one unit of work.

The primary key is issuer and subject: no address is part of it.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables_accounts import linked_identities as table
from auth.domain.identity_provider import ForeignSignInRefused, LinkedIdentity


class SqlIdentities:
    """Implements domain.account_ports.Identities."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, issuer: str, subject: str) -> LinkedIdentity | None:
        """Returns the link of an identity."""
        statement = select(table).where(table.c.issuer == issuer, table.c.subject == subject)
        row = (await self._connection.execute(statement)).first()
        return _identity(row) if row else None

    async def of_user(self, user_id: UUID) -> list[LinkedIdentity]:
        """Returns the links of an account."""
        rows = await self._connection.execute(select(table).where(table.c.user_id == user_id))
        return [_identity(row) for row in rows]

    async def add(self, identity: LinkedIdentity) -> None:
        """Raises ForeignSignInRefused where somebody else was faster."""
        values = {
            "issuer": identity.issuer,
            "subject": identity.subject,
            "user_id": identity.user_id,
            "linked_at": identity.linked_at,
        }
        statement = insert(table).values(values).on_conflict_do_nothing()
        if (await self._connection.execute(statement)).rowcount != 1:
            raise ForeignSignInRefused("This sign-in belongs to another account already.")

    async def remove(self, user_id: UUID, issuer: str) -> None:
        """Ends the account's link with this provider, if there is one."""
        statement = delete(table).where(table.c.user_id == user_id, table.c.issuer == issuer)
        await self._connection.execute(statement)


def _identity(row: Row[Any]) -> LinkedIdentity:
    return LinkedIdentity(row.issuer, row.subject, row.user_id, row.linked_at)
