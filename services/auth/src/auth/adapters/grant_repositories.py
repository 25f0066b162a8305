"""What the grants keep in PostgreSQL: codes, refresh families, the trail of token exchange.

A code or family is locked when it is read, so that of two requests with the same secret the
second sees what the first did to it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables import authorization_codes as codes
from auth.adapters.tables import refresh_families as families
from auth.adapters.tables import token_exchanges
from auth.domain.authorization import AuthorizationCode
from auth.domain.ports import Exchange
from auth.domain.refresh_family import RefreshFamily


class SqlCodes:
    """Implements domain.ports.Codes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, code: AuthorizationCode) -> None:
        """Keeps a new code."""
        await self._connection.execute(
            insert(codes).values(
                code_hash=code.code_hash,
                client_id=code.client_id,
                user_id=code.user_id,
                redirect_uri=code.redirect_uri,
                scopes=sorted(code.scopes),
                code_challenge=code.code_challenge,
                issued_at=code.issued_at,
                family_id=code.family_id,
                session_id=code.session_id,
            )
        )

    async def lock(self, code_hash: bytes) -> AuthorizationCode | None:
        """Waits for whoever redeems the same code at this moment."""
        statement = select(codes).where(codes.c.code_hash == code_hash).with_for_update()
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return None
        return AuthorizationCode(**{**row, "scopes": frozenset(row["scopes"])})

    async def save(self, code: AuthorizationCode) -> None:
        """Writes which family the code founded."""
        statement = update(codes).where(codes.c.code_hash == code.code_hash)
        await self._connection.execute(statement.values(family_id=code.family_id))


class SqlFamilies:
    """Implements domain.ports.Families."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, family: RefreshFamily) -> None:
        """Keeps a new family."""
        await self._connection.execute(
            insert(families).values(
                id=family.id,
                user_id=family.user_id,
                client_id=family.client_id,
                scopes=sorted(family.scopes),
                expires_at=family.expires_at,
                rotated_at=family.rotated_at,
                generation=family.generation,
                revoked_at=family.revoked_at,
                session_id=family.session_id,
            )
        )

    async def lock(self, family_id: UUID) -> RefreshFamily | None:
        """Waits for whoever refreshes the same family at this moment."""
        statement = select(families).where(families.c.id == family_id).with_for_update()
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return None
        return RefreshFamily(**{**row, "scopes": frozenset(row["scopes"])})

    async def save(self, family: RefreshFamily) -> None:
        """Writes what a refresh changes."""
        statement = update(families).where(families.c.id == family.id)
        await self._connection.execute(
            statement.values(
                generation=family.generation,
                rotated_at=family.rotated_at,
                revoked_at=family.revoked_at,
            )
        )

    async def revoke(
        self, user_id: UUID, session_id: UUID | None, keep: UUID | None, now: datetime
    ) -> list[UUID]:
        """Revokes what came from one session, or from all but one; returns what it revoked."""
        statement = update(families).where(
            families.c.user_id == user_id, families.c.revoked_at.is_(None)
        )
        if session_id is not None:
            statement = statement.where(families.c.session_id == session_id)
        if keep is not None:
            statement = statement.where(families.c.session_id.is_distinct_from(keep))
        statement = statement.values(revoked_at=now).returning(families.c.id)
        return list((await self._connection.execute(statement)).scalars())


class SqlExchanges:
    """Implements domain.ports.Exchanges."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, exchange: Exchange) -> bool:
        """The primary key refuses a second exchange of one assertion."""
        statement = insert(token_exchanges).values(
            client_id=exchange.client_id,
            assertion_jti=exchange.assertion_jti,
            user_id=exchange.user_id,
            token_jti=exchange.token_jti,
            scopes=sorted(exchange.scopes),
            at=exchange.at,
        )
        result = await self._connection.execute(statement.on_conflict_do_nothing())
        return bool(result.rowcount == 1)
