"""Pending mails and the hashes of mailed links in PostgreSQL, inside one unit of work.

The end of a lease is the token that proves it: a mail whose `due_at` is another moment was claimed
by somebody else since, and nothing is written.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables_accounts import mailed_tokens as tokens
from auth.adapters.tables_accounts import pending_mails as mails
from auth.domain.secret_mail import MailedToken, MailKind, PendingMail

CHANNEL = "auth_mails"

_CLAIM = text(
    "UPDATE pending_mails AS m SET due_at = :lease, attempts = m.attempts + 1 FROM ("
    "SELECT id FROM pending_mails WHERE due_at <= :now "
    "ORDER BY due_at LIMIT :count FOR UPDATE SKIP LOCKED"
    ") AS due WHERE m.id = due.id RETURNING m.*"
)
_NOTIFY = text("SELECT pg_notify(:channel, '')")


class SqlPendingMails:
    """Implements domain.account_ports.PendingMails."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, mail: PendingMail) -> None:
        """Keeps a mail; the notification leaves with the commit."""
        values = {
            "id": mail.id,
            "kind": mail.kind.value,
            "email_key": mail.email_key,
            "created_at": mail.created_at,
            "due_at": mail.due_at,
            "attempts": mail.attempts,
        }
        await self._connection.execute(insert(mails).values(values))
        await self._connection.execute(_NOTIFY, {"channel": CHANNEL})

    async def claim(self, now: datetime, lease: datetime, limit: int) -> list[PendingMail]:
        """Takes due mails, oldest first."""
        values = {"now": now, "lease": lease, "count": limit}
        rows = (await self._connection.execute(_CLAIM, values)).all()
        return sorted((_mail(row) for row in rows), key=lambda mail: mail.created_at)

    async def save(self, mail: PendingMail, lease: datetime) -> None:
        """Writes when to try again, and why."""
        statement = update(mails).where(mails.c.id == mail.id, mails.c.due_at == lease)
        await self._connection.execute(statement.values(due_at=mail.due_at, problem=mail.problem))

    async def remove(self, mail: PendingMail, lease: datetime) -> None:
        """Forgets the mail."""
        statement = delete(mails).where(mails.c.id == mail.id, mails.c.due_at == lease)
        await self._connection.execute(statement)


class SqlMailedTokens:
    """Implements domain.account_ports.MailedTokens."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, token: MailedToken) -> None:
        """Keeps the hash."""
        await self._connection.execute(
            insert(tokens).values(
                token_hash=token.token_hash,
                user_id=token.user_id,
                purpose=token.purpose.value,
                email_key=token.email_key,
                expires_at=token.expires_at,
            )
        )

    async def find(self, token_hash: bytes, purpose: MailKind, now: datetime) -> MailedToken | None:
        """Reads without taking."""
        statement = select(tokens).where(*_good(token_hash, purpose, now))
        row = (await self._connection.execute(statement)).first()
        return _token(row) if row else None

    async def take(self, token_hash: bytes, purpose: MailKind, now: datetime) -> MailedToken | None:
        """Deletes the row: whoever comes at the same moment waits, and then finds none."""
        statement = delete(tokens).where(*_good(token_hash, purpose, now)).returning(tokens)
        row = (await self._connection.execute(statement)).first()
        return _token(row) if row else None

    async def forget(self, user_id: UUID, purpose: MailKind) -> None:
        """Deletes every such link of the account."""
        statement = delete(tokens).where(tokens.c.user_id == user_id, tokens.c.purpose == purpose)
        await self._connection.execute(statement)


def _good(token_hash: bytes, purpose: MailKind, now: datetime) -> tuple[Any, ...]:
    return (
        tokens.c.token_hash == token_hash,
        tokens.c.purpose == purpose.value,
        tokens.c.expires_at > now,
    )


def _mail(row: Row[Any]) -> PendingMail:
    return PendingMail(
        id=row.id,
        kind=MailKind(row.kind),
        email_key=row.email_key,
        created_at=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        problem=row.problem,
    )


def _token(row: Row[Any]) -> MailedToken:
    return MailedToken(
        token_hash=row.token_hash,
        user_id=row.user_id,
        purpose=MailKind(row.purpose),
        email_key=row.email_key,
        expires_at=row.expires_at,
    )
