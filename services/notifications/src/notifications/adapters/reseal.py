"""Encrypts the secrets of webhooks anew after a change of `SOUK_KEY_ENCRYPTION_KEY`.

A worker drives it. Once it has found nothing more to do, the old key can leave the settings.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import upkeep
from chassis.encryption import Encryption, Undecryptable
from chassis.logs import get_logger
from notifications.adapters.tables_webhooks import webhooks as table
from notifications.adapters.webhook_rows import is_current, resealed

_ALL = select(table.c.id, table.c.secrets)

log = get_logger(__name__)


class WebhookReseal:
    """Goes through all webhooks, which are few."""

    def __init__(self, engine: AsyncEngine, encryption: Encryption) -> None:
        self._engine = engine
        self._encryption = encryption

    async def __call__(self) -> bool:
        """Encrypts anew what another key than the first did; False, since once is enough."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_ALL)).all()
        for row in rows:
            if not is_current(row.secrets, self._encryption):
                await self._reseal(row.id, row.secrets)
        return False

    async def _reseal(self, webhook_id: UUID, old: list[dict[str, Any]]) -> None:
        """Leaves a webhook alone that was changed meanwhile: that has encrypted it anew."""
        try:
            new = resealed(webhook_id, old, self._encryption)
        except Undecryptable:
            log.error("webhook_undecryptable", webhook_id=str(webhook_id))
            return
        unchanged = (table.c.id == webhook_id, table.c.secrets == old)
        async with upkeep(self._engine) as connection:
            await connection.execute(update(table).where(*unchanged).values(secrets=new))
