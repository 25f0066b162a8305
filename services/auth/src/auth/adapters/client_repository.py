"""OAuth clients in PostgreSQL, inside the unit of work that opened this repository.

The seeding at start-up writes them; the sign-in page and every token request read them.
"""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.adapters.tables import clients
from auth.domain.client import Client


class SqlClients:
    """Implements domain.ports.Clients."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, client_id: str) -> Client | None:
        """Returns an enabled client."""
        statement = select(clients).where(clients.c.id == client_id, clients.c.enabled)
        row = (await self._connection.execute(statement)).first()
        if row is None:
            return None
        return Client(
            id=row.id,
            name=row.name,
            grant_types=frozenset(row.grant_types),
            scopes=frozenset(row.scopes),
            redirect_uris=tuple(row.redirect_uris),
            public_key=row.public_key,
        )

    async def put(self, client: Client) -> None:
        """Registers the client, or makes its registration this one."""
        values = {
            "name": client.name,
            "grant_types": sorted(client.grant_types),
            "scopes": sorted(client.scopes),
            "redirect_uris": list(client.redirect_uris),
            "public_key": dict(client.public_key) if client.public_key else None,
            "enabled": True,
        }
        statement = insert(clients).values(id=client.id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=[clients.c.id], set_=values)
        )

    async def disable(self, client_id: str) -> None:
        """Turns the client off; nothing happens when there is none."""
        statement = update(clients).where(clients.c.id == client_id)
        await self._connection.execute(statement.values(enabled=False))
