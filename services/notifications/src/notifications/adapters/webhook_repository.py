"""Webhooks in PostgreSQL. The unit of work opens it beside the other repositories.

Adding one takes an advisory lock, so that two at once cannot both be the last that is allowed.
"""

from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.encryption import Encryption
from notifications.adapters.tables_webhooks import webhooks as table
from notifications.adapters.webhook_rows import webhook_of, webhook_row
from notifications.domain.errors import TooManyWebhooks, WebhookNotFound
from notifications.domain.webhook import MAX_WEBHOOKS, Webhook

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('webhooks'))")
_COUNT = select(func.count()).select_from(table)


class SqlWebhooks:
    """The webhooks that one transaction changes."""

    def __init__(self, connection: AsyncConnection, encryption: Encryption) -> None:
        self._connection = connection
        self._encryption = encryption

    async def add(self, webhook: Webhook) -> None:
        """Raises TooManyWebhooks."""
        await self._connection.execute(_ONE_AT_A_TIME)
        if (await self._connection.execute(_COUNT)).scalar_one() >= MAX_WEBHOOKS:
            raise TooManyWebhooks(MAX_WEBHOOKS)
        await self._connection.execute(insert(table).values(webhook_row(webhook, self._encryption)))

    async def lock(self, webhook_id: UUID) -> Webhook:
        """Raises WebhookNotFound."""
        statement = select(table).where(table.c.id == webhook_id).with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise WebhookNotFound(webhook_id)
        return webhook_of(row, self._encryption)

    async def save(self, webhook: Webhook) -> None:
        """Writes it back."""
        values = webhook_row(webhook, self._encryption)
        await self._connection.execute(update(table).where(table.c.id == webhook.id).values(values))

    async def remove(self, webhook_id: UUID) -> None:
        """Its deliveries go with it."""
        await self._connection.execute(delete(table).where(table.c.id == webhook_id))
