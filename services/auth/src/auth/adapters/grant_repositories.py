"""What the grants keep in PostgreSQL: codes, refresh families, consents, and the trail of
token exchange.

A code or family is locked when it is read, so that of two requests with the same secret the
second sees what the first did to it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables import authorization_codes as codes
from auth.adapters.tables import consents, token_exchanges
from auth.adapters.tables import refresh_families as families
from auth.domain.authentication import Authentication
from auth.domain.authorization_code import AuthorizationCode
from auth.domain.grant_ports import Exchange
from auth.domain.refresh_family import RefreshFamily


class SqlCodes:
    """Implements domain.grant_ports.Codes."""

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
                nonce=code.nonce,
                **_columns(code.authentication),
            )
        )

    async def lock(self, code_hash: bytes) -> AuthorizationCode | None:
        """Waits for whoever redeems the same code at this moment."""
        statement = select(codes).where(codes.c.code_hash == code_hash).with_for_update()
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return None
        return AuthorizationCode(**_with_values(row))

    async def save(self, code: AuthorizationCode) -> None:
        """Writes which family the code founded."""
        statement = update(codes).where(codes.c.code_hash == code.code_hash)
        await self._connection.execute(statement.values(family_id=code.family_id))

    async def forget(
        self,
        user_id: UUID,
        *,
        session_id: UUID | None = None,
        keep_session: UUID | None = None,
        client_id: str | None = None,
    ) -> None:
        """Waits for whoever redeems one of them: its family is there to be revoked then."""
        wanted = _of_account(codes, user_id, session_id, keep_session, client_id)
        await self._connection.execute(delete(codes).where(codes.c.family_id.is_(None), *wanted))


class SqlFamilies:
    """Implements domain.grant_ports.Families."""

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
                **_columns(family.authentication),
            )
        )

    async def lock(self, family_id: UUID) -> RefreshFamily | None:
        """Waits for whoever refreshes the same family at this moment."""
        statement = select(families).where(families.c.id == family_id).with_for_update()
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return None
        return RefreshFamily(**_with_values(row))

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

    async def revoke_of_user(
        self,
        user_id: UUID,
        now: datetime,
        *,
        session_id: UUID | None = None,
        keep_session: UUID | None = None,
        client_id: str | None = None,
    ) -> list[UUID]:
        """A family without a session is only revoked together with all."""
        wanted = _of_account(families, user_id, session_id, keep_session, client_id)
        return await self._revoke(wanted, now)

    async def revoke_of_client(self, client_id: str, now: datetime) -> list[UUID]:
        """Whoever refreshes one of them at this moment is waited for."""
        return await self._revoke([families.c.client_id == client_id], now)

    async def _revoke(self, wanted: Sequence[ColumnElement[bool]], now: datetime) -> list[UUID]:
        """Locks in the order of ids, so that two who revoke at once do not wait for each other."""
        living = [families.c.revoked_at.is_(None), families.c.expires_at > now]
        found = select(families.c.id).where(*wanted, *living).order_by(families.c.id)
        ids = list((await self._connection.execute(found.with_for_update())).scalars())
        statement = update(families).where(families.c.id.in_(ids)).values(revoked_at=now)
        await self._connection.execute(statement)
        return ids


class SqlConsents:
    """Implements domain.grant_ports.Consents."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def scopes(self, user_id: UUID, client_id: str) -> frozenset[str]:
        """Returns nothing where the person was never asked."""
        statement = select(consents.c.scopes).where(
            consents.c.user_id == user_id, consents.c.client_id == client_id
        )
        return frozenset((await self._connection.execute(statement)).scalar() or ())

    async def add(
        self, user_id: UUID, client_id: str, scopes: frozenset[str], now: datetime
    ) -> None:
        """Of two answers at once the later one wins; for the rest the person is asked again."""
        allowed = sorted(scopes | await self.scopes(user_id, client_id))
        values = {"scopes": allowed, "granted_at": now}
        statement = insert(consents).values(user_id=user_id, client_id=client_id, **values)
        keys = [consents.c.user_id, consents.c.client_id]
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=values)
        )

    async def of_user(self, user_id: UUID) -> Mapping[str, frozenset[str]]:
        """In the order of the clients' ids."""
        statement = select(consents.c.client_id, consents.c.scopes).order_by(consents.c.client_id)
        rows = await self._connection.execute(statement.where(consents.c.user_id == user_id))
        return {row.client_id: frozenset(row.scopes) for row in rows}

    async def remove(self, user_id: UUID, client_id: str) -> None:
        """Nothing happens where nothing was allowed."""
        mine = (consents.c.user_id == user_id, consents.c.client_id == client_id)
        await self._connection.execute(delete(consents).where(*mine))


class SqlExchanges:
    """Implements domain.grant_ports.Exchanges."""

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


def _of_account(
    table: Table,
    user_id: UUID,
    session_id: UUID | None,
    keep_session: UUID | None,
    client_id: str | None,
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [table.c.user_id == user_id]
    if session_id is not None:
        wanted.append(table.c.session_id == session_id)
    if keep_session is not None:
        wanted.append(table.c.session_id.is_distinct_from(keep_session))
    if client_id is not None:
        wanted.append(table.c.client_id == client_id)
    return wanted


def _columns(authentication: Authentication) -> dict[str, Any]:
    return {
        "authenticated_at": authentication.at,
        "methods": list(authentication.methods),
        "session_id": authentication.session_id,
    }


def _with_values(row: RowMapping) -> dict[str, Any]:
    """Returns a row with the value objects that it holds in several columns."""
    values = dict(row)
    values["scopes"] = frozenset(values["scopes"])
    values["authentication"] = Authentication(
        at=values.pop("authenticated_at"),
        methods=tuple(values.pop("methods")),
        session_id=values.pop("session_id"),
    )
    return values
