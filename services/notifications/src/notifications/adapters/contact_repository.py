"""Contacts: the newest event about an account wins.

The unit of work opens it beside the other repositories.
"""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from notifications.adapters.tables import contacts as table
from notifications.domain.contact import Contact

_insert = insert(table)
_PUT = _insert.on_conflict_do_update(
    index_elements=[table.c.user_id],
    set_={column.name: column for column in _insert.excluded if column.name != "user_id"},
    where=_insert.excluded.version > table.c.version,
)


class SqlContacts:
    """The contacts that one transaction has learned of."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._new: dict[UUID, Contact] = {}

    def put(self, contact: Contact) -> None:
        """Keeps a contact, unless a newer version is there."""
        known = self._new.get(contact.user_id)
        if known is None or known.version < contact.version:
            self._new[contact.user_id] = contact

    async def write(self) -> set[UUID]:
        """Writes what was put, in sorted order; returns which accounts these are."""
        written = set(self._new)
        if written:
            rows = [
                {
                    "user_id": user_id,
                    "version": self._new[user_id].version,
                    "email": self._new[user_id].recipient.email,
                    "name": self._new[user_id].recipient.name,
                }
                for user_id in sorted(written)
            ]
            await self._connection.execute(_PUT, rows)
            self._new.clear()
        return written
