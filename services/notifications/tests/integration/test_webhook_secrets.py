"""Secrets of webhooks while the key that encrypts them is changed, and where it was lost."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.encryption import Encryption, Undecryptable
from chassis.idempotency import IdempotencyKey
from notifications.adapters.unit_of_work import NotificationsUnitOfWork
from notifications.application.manage_webhooks import (
    Registered,
    Registry,
    Wanted,
    register_webhook,
    rotate_secret,
)
from notifications.application.offer_event import offer_event
from notifications.bootstrap import workers
from notifications.domain.destination import Guard
from notifications.domain.webhook import Webhook
from notifications.settings import NotificationsSettings
from services.notifications.tests.fakes import event

SHIPPED = "orders.order_shipped.v1"
OLD, NEW = b"o" * 32, b"n" * 32

Read = Callable[..., Awaitable[list[Any]]]


def work(engine: AsyncEngine, *keys: bytes) -> Callable[[], NotificationsUnitOfWork]:
    encryption = Encryption(keys)
    return lambda: NotificationsUnitOfWork(engine, encryption)


def registry(engine: AsyncEngine, *keys: bytes) -> Registry:
    return Registry(work(engine, *keys), Guard(plain=True), utcnow)


async def register(engine: AsyncEngine, key: bytes, name: str) -> Registered:
    wanted = Wanted(f"https://{name}.example/in", frozenset({SHIPPED}), "", None)
    idempotency = IdempotencyKey("test", name, "x")
    return await register_webhook(wanted, idempotency, registry(engine, key))


async def known(engine: AsyncEngine, made: Registered, *keys: bytes) -> Webhook:
    async with work(engine, *keys)() as uow:
        return await uow.webhooks.lock(made.webhook.id)


async def reseal(settings: NotificationsSettings, engine: AsyncEngine) -> None:
    """Runs the worker as a process does that has both keys."""
    both = SecretStr(",".join(b64encode(key).decode() for key in (NEW, OLD)))
    changing = settings.model_copy(update={"key_encryption_key": both})
    parts = workers(changing, settings.dsn, engine)
    (worker,) = (part for part in parts if part.name == "notifications-reseal")
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.5)
    await worker.stop()
    await running


async def test_an_old_key_can_go_once_the_worker_has_encrypted_everything_anew(
    settings: NotificationsSettings, engine: AsyncEngine
) -> None:
    made = await register(engine, OLD, "one")
    rotated = await rotate_secret(made.webhook.id, None, registry(engine, OLD))
    with pytest.raises(Undecryptable):
        await known(engine, made, NEW)
    await reseal(settings, engine)
    assert await known(engine, made, NEW) == rotated.webhook


async def test_a_secret_whose_key_is_lost_is_left_alone_and_holds_up_nobody_else(
    settings: NotificationsSettings, engine: AsyncEngine, read: Read
) -> None:
    lost = await register(engine, b"x" * 32, "lost")
    before = await read("SELECT secrets FROM webhooks")
    await reseal(settings, engine)
    assert await read("SELECT secrets FROM webhooks") == before
    kept = await register(engine, NEW, "kept")
    open_uow = work(engine, NEW)
    async with open_uow() as uow:
        offer_event(event(SHIPPED), uow.deliveries)
        await uow.commit()
    now = utcnow()
    async with open_uow() as uow:
        due = await uow.deliveries.claim(now, now + timedelta(seconds=30), 4, ())
        await uow.commit()
    assert [one.webhook.id for one in due] == [kept.webhook.id]
    [(waiting,)] = await read(
        "SELECT status FROM webhook_deliveries WHERE webhook_id = :id", id=lost.webhook.id
    )
    assert waiting == "pending"
