"""The SQL of the reads in `application/queries.py`, each on a connection of its own."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.tables import users
from auth.application.queries import UserView
from auth.domain.errors import UserNotFound

_VIEW = select(
    users.c.id,
    users.c.email,
    users.c.name,
    users.c.roles,
    users.c.imported_by,
    users.c.created_at,
    users.c.version,
    users.c.email_verified_at.is_not(None).label("email_verified"),
)


class SqlQueries:
    """Implements application.queries.UserQueries."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def user(self, user_id: UUID) -> UserView:
        """Raises UserNotFound."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_VIEW.where(users.c.id == user_id))).mappings().first()
        if row is None:
            raise UserNotFound(user_id)
        return UserView(**{**row, "roles": tuple(row["roles"])})
