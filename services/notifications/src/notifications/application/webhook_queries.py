"""What the staff read of webhooks: which there are, and the log of what was sent to each.

Reads skip the unit of work: `adapters/webhook_queries.py` answers this port straight from SQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from notifications.domain.delivery import Delivery, DeliveryStatus
from notifications.domain.errors import DeliveryNotFound, WebhookNotFound
from notifications.domain.webhook import Webhook


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries of a webhook are asked for."""

    webhook_id: UUID
    status: DeliveryStatus | None = None
    event_type: str | None = None


class WebhookQueries(Protocol):
    """The reads; a webhook comes without its secrets."""

    async def webhook(self, webhook_id: UUID) -> Webhook | None: ...

    async def webhooks(self, before: UUID | None, limit: int) -> Sequence[Webhook]:
        """Newest first, starting behind `before`."""
        ...

    async def delivery(self, webhook_id: UUID, delivery_id: UUID) -> Delivery | None: ...

    async def deliveries(
        self, wanted: DeliveryFilter, before: UUID | None, limit: int
    ) -> Sequence[Delivery]:
        """Newest first, starting behind `before`."""
        ...


async def read_webhook(webhook_id: UUID, queries: WebhookQueries) -> Webhook:
    """Raises WebhookNotFound."""
    webhook = await queries.webhook(webhook_id)
    if webhook is None:
        raise WebhookNotFound(webhook_id)
    return webhook


async def read_deliveries(
    wanted: DeliveryFilter, before: UUID | None, limit: int, queries: WebhookQueries
) -> Sequence[Delivery]:
    """Raises WebhookNotFound."""
    await read_webhook(wanted.webhook_id, queries)
    return await queries.deliveries(wanted, before, limit)


async def read_delivery(webhook_id: UUID, delivery_id: UUID, queries: WebhookQueries) -> Delivery:
    """Raises DeliveryNotFound."""
    delivery = await queries.delivery(webhook_id, delivery_id)
    if delivery is None:
        raise DeliveryNotFound(delivery_id)
    return delivery
