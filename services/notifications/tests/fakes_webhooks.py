"""Webhooks in memory: what the fake unit of work keeps of them, and an endpoint that answers.

The unit and API tests use it; the integration tests run the same use cases over PostgreSQL.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.ids import uuid7
from notifications.application.webhook_queries import DeliveryFilter
from notifications.domain.delivery import PATIENCE, Attempt, Delivery, DeliveryStatus
from notifications.domain.errors import DeliveryNotFound, TooManyWebhooks, WebhookNotFound
from notifications.domain.webhook import MAX_WEBHOOKS, Webhook
from notifications.domain.webhook_ports import DueDelivery, News


@dataclass
class Endpoints:
    """What is committed of webhooks; `now` is when deliveries are made."""

    now: Callable[[], datetime]
    webhooks: dict[UUID, Webhook] = field(default_factory=dict)
    deliveries: dict[UUID, Delivery] = field(default_factory=dict)
    bodies: dict[UUID, bytes] = field(default_factory=dict)

    def draft(self) -> "Endpoints":
        """Returns a copy whose changes are not seen here."""
        return Endpoints(
            self.now,
            {key: replace(webhook) for key, webhook in self.webhooks.items()},
            {key: replace(delivery) for key, delivery in self.deliveries.items()},
            dict(self.bodies),
        )


class FakeWebhooks:
    """The endpoints of one transaction."""

    def __init__(self, of: Callable[[], Endpoints]) -> None:
        self._of = of

    async def add(self, webhook: Webhook) -> None:
        if len(self._of().webhooks) >= MAX_WEBHOOKS:
            raise TooManyWebhooks(MAX_WEBHOOKS)
        self._of().webhooks[webhook.id] = webhook

    async def lock(self, webhook_id: UUID) -> Webhook:
        if webhook_id not in self._of().webhooks:
            raise WebhookNotFound(webhook_id)
        return self._of().webhooks[webhook_id]

    async def save(self, webhook: Webhook) -> None:
        self._of().webhooks[webhook.id] = webhook

    async def remove(self, webhook_id: UUID) -> None:
        del self._of().webhooks[webhook_id]
        kept = {k: d for k, d in self._of().deliveries.items() if d.webhook_id != webhook_id}
        self._of().deliveries = kept


class FakeDeliveries:
    """The deliveries of one transaction."""

    def __init__(self, of: Callable[[], Endpoints]) -> None:
        self._of = of

    def offer(self, news: News) -> None:
        held, now = self._of(), self._of().now()
        known = {(d.webhook_id, d.event_id) for d in held.deliveries.values()}
        for webhook in held.webhooks.values():
            wanted = webhook.enabled and news.event_type in webhook.event_types
            is_old = news.happened_at < webhook.created_at
            if wanted and not is_old and (webhook.id, news.event_id) not in known:
                made = Delivery(
                    uuid7(), webhook.id, news.event_id, news.event_type, now, now, now + PATIENCE
                )
                held.deliveries[made.id], held.bodies[made.id] = made, news.body

    async def claim(
        self, now: datetime, lease: datetime, each: int, busy: Collection[UUID]
    ) -> list[DueDelivery]:
        found, held = [], self._of()
        for webhook in held.webhooks.values():
            if not webhook.enabled or webhook.id in busy:
                continue
            due = [d for d in self._pending(webhook.id) if d.due_at <= now]
            for delivery in sorted(due, key=lambda delivery: delivery.due_at)[:each]:
                delivery.due_at, delivery.tries = lease, delivery.tries + 1
                body = held.bodies[delivery.id]
                found.append(
                    DueDelivery(replace(delivery), replace(webhook), body, lease, "talk-1", None)
                )
        return found

    async def save(self, delivery: Delivery, lease: datetime) -> bool:
        held = self._of().deliveries.get(delivery.id)
        if held is None or held.status is not DeliveryStatus.PENDING or held.due_at != lease:
            return False
        self._of().deliveries[delivery.id] = delivery
        return True

    async def lock(self, webhook_id: UUID, delivery_id: UUID) -> Delivery:
        found = self._of().deliveries.get(delivery_id)
        if found is None or found.webhook_id != webhook_id:
            raise DeliveryNotFound(delivery_id)
        return found

    async def restart(self, delivery: Delivery) -> None:
        self._of().deliveries[delivery.id] = delivery

    async def taken_since(self, webhook_id: UUID, moment: datetime) -> bool:
        return any(
            d.webhook_id == webhook_id and d.delivered_at is not None and d.delivered_at > moment
            for d in self._of().deliveries.values()
        )

    async def resume(self, webhook_id: UUID, now: datetime) -> None:
        for delivery in self._pending(webhook_id):
            delivery.gives_up_at, delivery.tries = now + PATIENCE, 0

    async def give_up(self, webhook_id: UUID) -> int:
        pending = self._pending(webhook_id)
        for delivery in pending:
            delivery.status = DeliveryStatus.FAILED
        return len(pending)

    def _pending(self, webhook_id: UUID) -> list[Delivery]:
        every = self._of().deliveries.values()
        pending = [d for d in every if d.status is DeliveryStatus.PENDING]
        return [d for d in pending if d.webhook_id == webhook_id]


class FakeWebhookQueries:
    """The reads, over what is committed."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._held = endpoints

    async def webhook(self, webhook_id: UUID) -> Webhook | None:
        return self._held.webhooks.get(webhook_id)

    async def webhooks(self, before: UUID | None, limit: int) -> Sequence[Webhook]:
        return _behind(self._held.webhooks.values(), before)[:limit]

    async def delivery(self, webhook_id: UUID, delivery_id: UUID) -> Delivery | None:
        found = self._held.deliveries.get(delivery_id)
        return found if found and found.webhook_id == webhook_id else None

    async def deliveries(
        self, wanted: DeliveryFilter, before: UUID | None, limit: int
    ) -> Sequence[Delivery]:
        return [
            delivery
            for delivery in _behind(self._held.deliveries.values(), before)
            if delivery.webhook_id == wanted.webhook_id
            and wanted.status in (None, delivery.status)
            and wanted.event_type in (None, delivery.event_type)
        ][:limit]


def _behind(items: Collection[Any], before: UUID | None) -> list[Any]:
    newest_first = sorted(items, key=lambda item: item.id, reverse=True)
    return [item for item in newest_first if before is None or item.id < before]


class FakePoster:
    """Endpoints by URL: each answers a status, an error, or only once its event is set."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.answers: dict[str, int | str | asyncio.Event] = {}
        self.posted: list[tuple[str, dict[str, str], bytes]] = []

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Attempt:
        self.posted.append((url, headers, body))
        answer = self.answers.get(url, 200)
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = 200
        if isinstance(answer, str):
            return Attempt(self._now(), 5, error=answer)
        return Attempt(self._now(), 5, answer)
