"""The staff register webhooks, change them, change their secret and remove them.

Called by `/v1/webhooks`. A secret is told once, in the answer that made it; kept encrypted, since
every message is signed with it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.audit import about
from chassis.etags import matches, strong_etag
from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.ids import uuid7
from notifications.application.unit_of_work import Work
from notifications.domain.destination import Guard
from notifications.domain.errors import WebhookChanged
from notifications.domain.webhook import SECRET_BYTES, Secret, Webhook

PATH = "/v1/webhooks"


@dataclass(frozen=True, slots=True)
class Registry:
    """What managing webhooks needs; `clock` returns aware UTC."""

    unit_of_work: Callable[[], Work]
    guard: Guard
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for; `owner` is told when it has to be disabled."""

    url: str
    event_types: frozenset[str]
    description: str
    owner: UUID | None


@dataclass(frozen=True, slots=True)
class Registered:
    """A webhook, and its secret where one was made just now."""

    webhook: Webhook
    secret: Secret | None = None


def webhook_etag(webhook: Webhook) -> str:
    """Returns the entity tag."""
    return strong_etag(webhook.id, webhook.version)


async def register_webhook(wanted: Wanted, key: IdempotencyKey, registry: Registry) -> Registered:
    """Registers a webhook. A repeated request finds it, without its secret.

    Raises UrlRefused, TooManyWebhooks, KeyReused, KeyInFlight, and WebhookNotFound where what the
    first request made was removed since.
    """
    registry.guard.destination(wanted.url)
    now, secret = registry.clock(), Secret(secrets.token_bytes(SECRET_BYTES))
    webhook = Webhook(
        id=uuid7(),
        owner=wanted.owner,
        url=wanted.url,
        event_types=wanted.event_types,
        description=wanted.description,
        created_at=now,
        updated_at=now,
        secrets=(secret,),
    )
    async with registry.unit_of_work() as uow:
        answered = await uow.idempotency.claim(key)
        if answered is not None and answered.location is not None:
            known = UUID(answered.location.rpartition("/")[2])
            return Registered(await uow.webhooks.lock(known))
        await uow.webhooks.add(webhook)
        about(webhook.id)
        await uow.idempotency.store(key, StoredAnswer(201, f"{PATH}/{webhook.id}"))
        await uow.commit()
    return Registered(webhook, secret)


async def change_webhook(
    webhook_id: UUID, changes: dict[str, Any], if_match: str | None, registry: Registry
) -> Webhook:
    """Changes what is given. Raises WebhookNotFound, WebhookChanged and UrlRefused.

    What still waits for one that was disabled was not tried meanwhile: that counts for nothing.
    """
    async with registry.unit_of_work() as uow:
        webhook = await _current(webhook_id, if_match, uow)
        was_enabled, now = webhook.enabled, registry.clock()
        webhook.change(changes, registry.guard, now)
        await uow.webhooks.save(webhook)
        if webhook.enabled and not was_enabled:
            await uow.deliveries.resume(webhook.id, now)
        await uow.commit()
    return webhook


async def rotate_secret(webhook_id: UUID, if_match: str | None, registry: Registry) -> Registered:
    """Makes a new secret; the old one signs too for a day. Raises as `change_webhook` does."""
    async with registry.unit_of_work() as uow:
        webhook = await _current(webhook_id, if_match, uow)
        secret = webhook.rotate(secrets.token_bytes(SECRET_BYTES), registry.clock())
        await uow.webhooks.save(webhook)
        await uow.commit()
    return Registered(webhook, secret)


async def remove_webhook(webhook_id: UUID, if_match: str | None, registry: Registry) -> None:
    """Removes it with the log of its deliveries. Raises WebhookNotFound and WebhookChanged."""
    async with registry.unit_of_work() as uow:
        await _current(webhook_id, if_match, uow)
        await uow.webhooks.remove(webhook_id)
        await uow.commit()


async def _current(webhook_id: UUID, if_match: str | None, uow: Work) -> Webhook:
    webhook = await uow.webhooks.lock(webhook_id)
    if if_match is not None and not matches(if_match, webhook_etag(webhook)):
        raise WebhookChanged
    return webhook
