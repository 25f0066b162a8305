"""Preferences in PostgreSQL: who never chose has no row and wants everything.

The unit of work opens it beside the other repositories; the messages ask it when they are written.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Uuid

from notifications.adapters.tables import notification_preferences as table
from notifications.domain.message import Template
from notifications.domain.preferences import Preferences

_FIND = select(table).where(table.c.user_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
_LOCK = select(table).where(table.c.user_id == bindparam("user_id")).with_for_update()
_BEGIN = insert(table).on_conflict_do_nothing(index_elements=[table.c.user_id])


class SqlPreferences:
    """The preferences that one transaction changes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, user_id: UUID) -> Preferences:
        """Gives who never chose a row of the defaults, so that there is something to lock."""
        await self._connection.execute(_BEGIN, _row(Preferences(user_id)))
        return _preferences((await self._connection.execute(_LOCK, {"user_id": user_id})).one())

    async def save(self, preferences: Preferences) -> None:
        """Writes them back."""
        statement = update(table).where(table.c.user_id == preferences.user_id)
        await self._connection.execute(statement.values(_row(preferences)))


async def find_preferences(
    connection: AsyncConnection, ids: Collection[UUID]
) -> dict[UUID, Preferences]:
    """Returns the preferences of those accounts that have chosen."""
    if not ids:
        return {}
    rows = await connection.execute(_FIND, {"ids": list(ids)})
    return {row.user_id: _preferences(row) for row in rows}


def _preferences(row: Row[Any]) -> Preferences:
    off = frozenset(Template(kind) for kind in row.turned_off)
    return Preferences(row.user_id, row.version, row.informational, off)


def _row(preferences: Preferences) -> dict[str, Any]:
    return {
        "user_id": preferences.user_id,
        "version": preferences.version,
        "informational": preferences.informational,
        "turned_off": sorted(preferences.turned_off),
    }
