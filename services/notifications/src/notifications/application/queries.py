"""What customers and support read: which messages there are, and what became of them.

Reads skip the domain: `adapters/queries.py` answers this port straight from SQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from notifications.domain.errors import MessageNotFound
from notifications.domain.message import Status, Template
from notifications.domain.order_update import OrderState
from notifications.domain.preferences import Preferences


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message without its words; `email` is None while it waits."""

    id: UUID
    template: Template
    status: Status
    order_id: UUID | None
    user_id: UUID | None
    email: str | None
    header_id: str
    attempts: int
    problem: str | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages are asked for; `user_id` limits them to one account's."""

    user_id: UUID | None = None
    order_id: UUID | None = None
    template: Template | None = None
    status: Status | None = None


class Queries(Protocol):
    """The reads."""

    async def preferences(self, user_id: UUID) -> Preferences:
        """Returns the defaults for who never chose."""
        ...

    async def order_state(self, order_id: UUID) -> OrderState | None: ...

    async def message(self, message_id: UUID) -> MessageView | None: ...

    async def messages(
        self, wanted: MessageFilter, before: UUID | None, limit: int
    ) -> Sequence[MessageView]:
        """Newest first, starting behind `before`."""
        ...


async def read_message(message_id: UUID, owner: UUID | None, queries: Queries) -> MessageView:
    """Returns a message. Raises MessageNotFound, also for one that is not the `owner`'s."""
    message = await queries.message(message_id)
    if message is None or (owner is not None and message.user_id != owner):
        raise MessageNotFound(message_id)
    return message
