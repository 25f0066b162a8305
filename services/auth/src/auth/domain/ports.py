"""What the rules of accounts need from the outside, as protocols; `adapters/` implements them.

`grant_ports.py` has those of the grants. The use cases receive these; unit tests hand them fakes.
One suite runs over the SQL adapters and the fakes alike, so that the fakes stay honest.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from auth.domain.session import Session
from auth.domain.user import User


class Users(Protocol):
    """The accounts."""

    async def get(self, user_id: UUID) -> User:
        """Raises UserNotFound."""

    async def lock(self, user_id: UUID) -> User:
        """Returns the account, locked until the transaction ends; raises UserNotFound."""

    async def by_email(self, key: str) -> User | None:
        """Finds an account by `email_key`."""

    async def add(self, user: User) -> None:
        """Raises EmailTaken when the address has an account."""

    async def save(self, user: User) -> None:
        """Writes a changed account that was locked."""


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose, and knows which ones are guessed first."""

    async def hash(self, password: str) -> str:
        """Returns an encoded hash. Raises SignInBusy."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Takes the same time whether the hash fits, differs or is None. Raises SignInBusy."""

    async def guessable(self, password: str, about: Sequence[str]) -> bool:
        """True when a guesser who knows these words soon comes to it. Raises SignInBusy."""


class Sessions(Protocol):
    """Browsers that are signed in, each by a secret that only its cookie holds."""

    async def open(self, session: Session) -> str:
        """Starts a session and returns its secret."""

    async def find(self, secret: str, now: datetime) -> Session | None:
        """Returns the session, seen just now, or None."""

    async def close(self, secret: str) -> None:
        """Ends the session of this cookie, if there is one."""

    async def of_user(self, user_id: UUID) -> list[Session]:
        """Returns the account's sessions, the newest first."""

    async def end(self, user_id: UUID, sid: UUID) -> None:
        """Ends one of the account's own sessions, if it exists."""

    async def end_all(self, user_id: UUID, keep: UUID | None = None) -> None:
        """Ends the account's sessions, all but `keep`."""
