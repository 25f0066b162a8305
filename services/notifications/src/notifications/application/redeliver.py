"""The staff send a delivery once more: one that was given up, or one that was taken and lost there.

Called by `POST /v1/webhooks/{id}/deliveries/{id}/redelivery`. The message and its `webhook-id` are
the same, so a receiver that did take it knows it again.
"""

from uuid import UUID

from notifications.application.manage_webhooks import Registry
from notifications.domain.delivery import Delivery
from notifications.domain.errors import WebhookDisabled


async def redeliver(webhook_id: UUID, delivery_id: UUID, registry: Registry) -> Delivery:
    """Begins again at once. Raises WebhookNotFound, WebhookDisabled and DeliveryNotFound."""
    async with registry.unit_of_work() as uow:
        webhook = await uow.webhooks.lock(webhook_id)
        if not webhook.enabled:
            raise WebhookDisabled
        delivery = await uow.deliveries.lock(webhook_id, delivery_id)
        delivery.begin_again(registry.clock())
        await uow.deliveries.restart(delivery)
        await uow.commit()
    return delivery
