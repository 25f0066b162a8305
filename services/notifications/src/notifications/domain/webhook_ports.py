"""What webhooks need from the outside; `adapters/` and the tests' fakes implement it.

A unit of work writes at commit, for each webhook that wants an event which it was offered, one
delivery, and wakes who sends them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from notifications.domain.delivery import Attempt, Delivery
from notifications.domain.ports import UnitOfWork
from notifications.domain.webhook import Webhook


@dataclass(frozen=True, slots=True)
class News:
    """An event as it is sent: the same bytes to every webhook and at every try."""

    event_id: UUID
    event_type: str
    happened_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery claimed for sending until `lease`, with its webhook and where it began."""

    delivery: Delivery
    webhook: Webhook
    body: bytes
    lease: datetime
    correlation_id: str
    traceparent: str | None


class Webhooks(Protocol):
    """The endpoints."""

    async def add(self, webhook: Webhook) -> None:
        """Keeps a new one. Raises TooManyWebhooks."""
        ...

    async def lock(self, webhook_id: UUID) -> Webhook:
        """Returns one that nobody else changes until we are done. Raises WebhookNotFound."""
        ...

    async def save(self, webhook: Webhook) -> None:
        """Writes it back."""
        ...

    async def remove(self, webhook_id: UUID) -> None:
        """Forgets it, and all that was sent to it."""
        ...


class Deliveries(Protocol):
    """What is sent to them."""

    def offer(self, news: News) -> None:
        """Keeps an event for every webhook that wants it and is older than it."""
        ...

    async def claim(
        self, now: datetime, lease: datetime, each: int, busy: Collection[UUID]
    ) -> list[DueDelivery]:
        """Takes due deliveries, `each` for a webhook at most, none for those that are busy."""
        ...

    async def save(self, delivery: Delivery, lease: datetime) -> bool:
        """Writes a claimed one back; False, and nothing written, where the lease was lost."""
        ...

    async def lock(self, webhook_id: UUID, delivery_id: UUID) -> Delivery:
        """Returns one to be begun again. Raises DeliveryNotFound."""
        ...

    async def restart(self, delivery: Delivery) -> None:
        """Writes down that it begins again, and wakes who sends."""
        ...

    async def taken_since(self, webhook_id: UUID, moment: datetime) -> bool:
        """True when the webhook took anything after the moment."""
        ...

    async def resume(self, webhook_id: UUID, now: datetime) -> None:
        """Gives all that still waits for a webhook its whole time from now on."""
        ...

    async def give_up(self, webhook_id: UUID) -> int:
        """Ends all that still waits for a webhook; returns how many."""
        ...


class WebhookWork(UnitOfWork, Protocol):
    """A unit of work over webhooks too."""

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def deliveries(self) -> Deliveries: ...


class Poster(Protocol):
    """Sends one message to one endpoint."""

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Attempt:
        """Returns how that went, whatever happened, within ten seconds."""
        ...
