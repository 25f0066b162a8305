"""What the domain needs from the outside; `adapters/` and the tests' fakes implement it.

A unit of work addresses at commit every message whose recipient it has come to know, whichever
of the two was there first, and leaves out those that their recipient does not want.
"""

from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from notifications.domain.contact import Contact
from notifications.domain.message import Message
from notifications.domain.order import Order
from notifications.domain.preferences import Preferences


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message claimed for sending until `lease`, with what it is about and where it began."""

    message: Message
    order: Order | None
    lease: datetime
    correlation_id: str
    traceparent: str | None


class Messages(Protocol):
    """The messages."""

    def add(self, message: Message) -> None:
        """Keeps a new message."""
        ...

    async def claim(self, now: datetime, lease: datetime, limit: int) -> list[DueMessage]:
        """Takes due messages, oldest first, that nobody else has claimed; counts an attempt."""
        ...

    async def save(self, message: Message, lease: datetime) -> bool:
        """Writes a claimed message back; False, and nothing written, where the lease was lost."""
        ...

    async def address_waiting(self) -> int:
        """Addresses every message whose recipient is known by now; returns how many."""
        ...


class Contacts(Protocol):
    """The accounts' addresses."""

    def put(self, contact: Contact) -> None:
        """Keeps a contact, unless a newer version is there."""
        ...


class Orders(Protocol):
    """The orders that messages are about."""

    def put(self, order: Order) -> None:
        """Keeps an order, unless a newer version is there."""
        ...


class PreferenceBook(Protocol):
    """Who wants what."""

    async def lock(self, user_id: UUID) -> Preferences:
        """Returns an account's preferences, which nobody else changes until we are done."""
        ...

    async def save(self, preferences: Preferences) -> None:
        """Writes them back."""
        ...


class UnitOfWork(Protocol):
    """One transaction over everything that notifications owns."""

    @property
    def messages(self) -> Messages: ...

    @property
    def contacts(self) -> Contacts: ...

    @property
    def orders(self) -> Orders: ...

    @property
    def preferences(self) -> PreferenceBook: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Writes everything at once and wakes the sender."""
        ...
