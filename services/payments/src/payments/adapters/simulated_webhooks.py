"""The part of the simulated provider that posts signed notifications to us, over HTTP.

A worker of the process calls `step`. What is not answered with 2xx is posted again, ever more
seldom, and given up after a while, as a provider would: payments has to live with a lost one.
"""

from datetime import timedelta

import httpx
from sqlalchemy import Row, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.database import upkeep
from chassis.logs import get_logger
from payments.adapters.provider_tables import provider_webhooks as webhooks
from payments.adapters.simulated_notifications import HEADER, written
from payments.domain.signatures import sign

_SECONDS_TO_ANSWER = 5.0
_MOST_ATTEMPTS = 10
# Claiming pushes a notification on by its next delay, so a sender that dies is replaced.
_CLAIM = text(
    """
WITH due AS (
    SELECT id FROM provider_webhooks
    WHERE delivered_at IS NULL AND due_at <= now() AND attempts < :most
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE provider_webhooks AS w
SET attempts = attempts + 1, due_at = now() + CAST(:lease AS interval) * (2 ^ w.attempts)
FROM due, provider_charges AS c WHERE w.id = due.id AND c.reference = w.reference
RETURNING w.id, w.reference, c.declined
"""
)

log = get_logger(__name__)


class WebhookSender:
    """Posts what is due to one address, signed with one secret."""

    def __init__(
        self, engine: AsyncEngine, client: httpx.AsyncClient, url: str, secret: str
    ) -> None:
        self._engine = engine
        self._client = client
        self._url = url
        self._secret = secret

    async def step(self) -> bool:
        """Posts one notification; False when none is due."""
        values = {"most": _MOST_ATTEMPTS, "lease": timedelta(seconds=2 * _SECONDS_TO_ANSWER)}
        async with upkeep(self._engine) as connection:
            due = (await connection.execute(_CLAIM, values)).one_or_none()
        if due is None:
            return False
        if await self._post(due):
            done = update(webhooks).where(webhooks.c.id == due.id)
            async with upkeep(self._engine) as connection:
                await connection.execute(done.values(delivered_at=utcnow()))
        return True

    async def _post(self, due: Row[tuple[object, ...]]) -> bool:
        now = utcnow()
        body = written(due.id, due.reference, due.declined, now)
        headers = {HEADER: sign(self._secret, body, now), "Content-Type": "application/json"}
        try:
            answer = await self._client.post(
                self._url, content=body, headers=headers, timeout=_SECONDS_TO_ANSWER
            )
        except httpx.HTTPError as error:
            log.warning("webhook_unanswered", event_id=due.id, error=repr(error))
            return False
        if not answer.is_success:
            log.warning("webhook_refused", event_id=due.id, status=answer.status_code)
        return answer.is_success
