"""The reads of `/v1/webhooks`, straight from SQL; implements `application.webhook_queries`.

Nothing here decrypts: who only reads never holds a secret.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncEngine

from notifications.adapters.tables_webhooks import webhook_deliveries as deliveries
from notifications.adapters.tables_webhooks import webhooks
from notifications.adapters.webhook_rows import delivery_of, webhook_of
from notifications.application.webhook_queries import DeliveryFilter
from notifications.domain.delivery import Delivery
from notifications.domain.webhook import Webhook


class SqlWebhookQueries:
    """Each read is a connection from the pool and one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def webhook(self, webhook_id: UUID) -> Webhook | None:
        """Returns one, or None."""
        rows = await self._rows(select(webhooks).where(webhooks.c.id == webhook_id))
        return webhook_of(rows[0], None) if rows else None

    async def webhooks(self, before: UUID | None, limit: int) -> Sequence[Webhook]:
        """Returns up to `limit` behind `before`, newest first."""
        page = select(webhooks).order_by(webhooks.c.id.desc()).limit(limit)
        if before is not None:
            page = page.where(webhooks.c.id < before)
        return [webhook_of(row, None) for row in await self._rows(page)]

    async def delivery(self, webhook_id: UUID, delivery_id: UUID) -> Delivery | None:
        """Returns one, or None."""
        of_webhook = deliveries.c.webhook_id == webhook_id
        rows = await self._rows(
            select(deliveries).where(deliveries.c.id == delivery_id, of_webhook)
        )
        return delivery_of(rows[0]) if rows else None

    async def deliveries(
        self, wanted: DeliveryFilter, before: UUID | None, limit: int
    ) -> Sequence[Delivery]:
        """Returns up to `limit` behind `before`, newest first."""
        page = select(deliveries).where(deliveries.c.webhook_id == wanted.webhook_id)
        if wanted.status is not None:
            page = page.where(deliveries.c.status == wanted.status.value)
        if wanted.event_type is not None:
            page = page.where(deliveries.c.event_type == wanted.event_type)
        if before is not None:
            page = page.where(deliveries.c.id < before)
        page = page.order_by(deliveries.c.id.desc()).limit(limit)
        return [delivery_of(row) for row in await self._rows(page)]

    async def _rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        async with self._engine.connect() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
        return rows
