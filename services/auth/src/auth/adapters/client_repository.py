"""OAuth clients in PostgreSQL, inside the unit of work that opened this repository.

The seeding at start-up and the admin's registrations write them; the sign-in page and every token
request read them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables import clients, consents
from auth.domain.client import AuthMethod, Client


class SqlClients:
    """Implements domain.grant_ports.Clients."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, client_id: str) -> Client | None:
        """Returns an enabled client."""
        statement = select(clients).where(clients.c.id == client_id, clients.c.enabled)
        row = (await self._connection.execute(statement)).first()
        return _client(row) if row else None

    async def lock(self, client_id: str) -> Client | None:
        """Returns an enabled client, held until the transaction ends."""
        statement = select(clients).where(clients.c.id == client_id, clients.c.enabled)
        row = (await self._connection.execute(statement.with_for_update())).first()
        return _client(row) if row else None

    async def page(self, after: str, limit: int) -> Sequence[Client]:
        """Returns up to `limit` enabled clients behind `after`, by id."""
        wanted = select(clients).where(clients.c.enabled, clients.c.id > after)
        rows = await self._connection.execute(wanted.order_by(clients.c.id).limit(limit))
        return [_client(row) for row in rows]

    async def put(self, client: Client, now: datetime) -> None:
        """Registers the client, or makes its registration this one."""
        values = _values(client)
        statement = insert(clients).values(id=client.id, created_at=now, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=[clients.c.id], set_=values)
        )

    async def disable(self, client_id: str) -> None:
        """Turns the client off; nothing happens when there is none."""
        statement = update(clients).where(clients.c.id == client_id)
        await self._connection.execute(statement.values(enabled=False))

    async def delete(self, client_id: str) -> None:
        """Removes the client and what people allowed it."""
        await self._connection.execute(delete(clients).where(clients.c.id == client_id))
        await self._connection.execute(delete(consents).where(consents.c.client_id == client_id))


def _values(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "grant_types": sorted(client.grant_types),
        "scopes": sorted(client.scopes),
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "auth_method": client.auth_method.value,
        "public_key": dict(client.public_key) if client.public_key else None,
        "secret_hash": client.secret_hash,
        "first_party": client.first_party,
        "version": client.version,
        "enabled": True,
    }


def _client(row: Row[Any]) -> Client:
    return Client(
        id=row.id,
        name=row.name,
        grant_types=frozenset(row.grant_types),
        scopes=frozenset(row.scopes),
        redirect_uris=tuple(row.redirect_uris),
        post_logout_redirect_uris=tuple(row.post_logout_redirect_uris),
        auth_method=AuthMethod(row.auth_method),
        public_key=row.public_key,
        secret_hash=row.secret_hash,
        first_party=row.first_party,
        version=row.version,
    )
