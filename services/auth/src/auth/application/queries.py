"""Reads that skip the domain: straight from the tables to what the API shows.

`adapters/queries.py` has their SQL; the routes call them without a unit of work.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from auth.domain.user import User


@dataclass(frozen=True, slots=True)
class UserView:
    """An account without its secrets."""

    id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    imported_by: str | None
    created_at: datetime
    version: int
    email_verified: bool = False

    @classmethod
    def of(cls, user: User) -> "UserView":
        """Shows an account that was just written."""
        roles = tuple(sorted(user.roles))
        return cls(
            user.id,
            user.email,
            user.name,
            roles,
            user.imported_by,
            user.created_at,
            user.version,
            user.email_verified_at is not None,
        )


class UserQueries(Protocol):
    """What can be read about accounts."""

    async def user(self, user_id: UUID) -> UserView:
        """Raises UserNotFound."""
