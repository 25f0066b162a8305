"""Accounts in PostgreSQL, inside the unit of work that opened this repository.

It remembers the accounts it added, so that the unit of work can publish what they recorded.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables import users
from auth.domain.errors import EmailTaken, UserNotFound
from auth.domain.rights import Role
from auth.domain.user import User


class SqlUsers:
    """Implements domain.ports.Users."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.seen: list[User] = []

    async def get(self, user_id: UUID) -> User:
        """Raises UserNotFound."""
        return await self._one(user_id, select(users))

    async def lock(self, user_id: UUID) -> User:
        """Raises UserNotFound; holds the row until the transaction ends.

        Rows that refer to it can still be made: whoever redeems a code makes a family under the
        code's lock, for which whoever signs the account out waits under this one.
        """
        return await self._one(user_id, select(users).with_for_update(key_share=True))

    async def by_email(self, key: str) -> User | None:
        """Finds an account by the compared form of its address."""
        row = (
            await self._connection.execute(select(users).where(users.c.email_key == key))
        ).first()
        return _user(row) if row else None

    async def add(self, user: User) -> None:
        """Raises EmailTaken; the transaction stays usable."""
        values = {
            "id": user.id,
            "email": user.email,
            "email_key": user.email_key,
            "name": user.name,
            "roles": sorted(user.roles),
            "password_hash": user.password_hash,
            "imported_by": user.imported_by,
            "version": user.version,
            "created_at": user.created_at,
            "email_verified_at": user.email_verified_at,
        }
        statement = insert(users).values(values).on_conflict_do_nothing()
        if (await self._connection.execute(statement)).rowcount != 1:
            raise EmailTaken
        self.seen.append(user)

    async def save(self, user: User) -> None:
        """Writes what an account can change about itself."""
        statement = update(users).where(users.c.id == user.id)
        await self._connection.execute(
            statement.values(
                name=user.name,
                version=user.version,
                password_hash=user.password_hash,
                email_verified_at=user.email_verified_at,
                signed_out_at=user.signed_out_at,
                kept_session=user.kept_session,
            )
        )

    async def _one(self, user_id: UUID, statement: Select[Any]) -> User:
        row = (await self._connection.execute(statement.where(users.c.id == user_id))).first()
        if row is None:
            raise UserNotFound(user_id)
        return _user(row)


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        password_hash=row.password_hash,
        imported_by=row.imported_by,
        created_at=row.created_at,
        version=row.version,
        email_verified_at=row.email_verified_at,
        signed_out_at=row.signed_out_at,
        kept_session=row.kept_session,
    )
