"""The reads of the API, straight from SQL; implements `application.queries.Queries`.

Ids are UUIDv7, so newest first is the id downwards, and a page starts behind the last id seen.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from notifications.adapters.preference_repository import find_preferences
from notifications.adapters.tables import messages as table
from notifications.adapters.tables import orders
from notifications.application.queries import MessageFilter, MessageView
from notifications.domain.message import Status, Template
from notifications.domain.order_update import OrderState
from notifications.domain.preferences import Preferences


class SqlQueries:
    """Each read is a connection from the pool and one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def preferences(self, user_id: UUID) -> Preferences:
        """Returns an account's preferences, the defaults where it never chose."""
        async with self._engine.connect() as connection:
            found = await find_preferences(connection, [user_id])
        return found.get(user_id) or Preferences(user_id)

    async def order_state(self, order_id: UUID) -> OrderState | None:
        """Returns where an order stands, or None."""
        columns = (orders.c.order_id, orders.c.version, orders.c.status, orders.c.customer_id)
        statement = select(*columns).where(orders.c.order_id == order_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return OrderState(*row) if row else None

    async def message(self, message_id: UUID) -> MessageView | None:
        """Returns one message, or None."""
        statement = select(table).where(table.c.id == message_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return _view(row) if row else None

    async def messages(
        self, wanted: MessageFilter, before: UUID | None, limit: int
    ) -> Sequence[MessageView]:
        """Returns up to `limit` messages behind `before`, newest first."""
        page = select(table).order_by(table.c.id.desc()).limit(limit)
        for column, value in (
            (table.c.user_id, wanted.user_id),
            (table.c.order_id, wanted.order_id),
            (table.c.template, wanted.template),
            (table.c.status, wanted.status),
        ):
            if value is not None:
                page = page.where(column == value)
        if before is not None:
            page = page.where(table.c.id < before)
        async with self._engine.connect() as connection:
            return [_view(row) for row in await connection.execute(page)]


def _view(row: Row[Any]) -> MessageView:
    return MessageView(
        id=row.id,
        template=Template(row.template),
        status=Status(row.status),
        order_id=row.order_id,
        user_id=row.user_id,
        email=row.email,
        header_id=row.header_id,
        attempts=row.attempts,
        problem=row.problem,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
