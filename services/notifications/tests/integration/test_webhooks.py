"""Webhooks over PostgreSQL and real sockets: from the event to the endpoint, whatever it does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import pytest
import standardwebhooks
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.idempotency import IdempotencyKey
from notifications.adapters.unit_of_work import NotificationsUnitOfWork
from notifications.adapters.webhook_queries import SqlWebhookQueries
from notifications.application.manage_webhooks import (
    Registered,
    Registry,
    Wanted,
    change_webhook,
    register_webhook,
    remove_webhook,
    rotate_secret,
)
from notifications.application.offer_event import offer_event
from notifications.application.redeliver import redeliver
from notifications.application.webhook_queries import DeliveryFilter
from notifications.bootstrap import work, workers
from notifications.domain.delivery import PATIENCE, Delivery, DeliveryStatus
from notifications.domain.destination import Guard
from notifications.domain.errors import DeliveryNotFound, WebhookNotFound
from notifications.domain.webhook_ports import DueDelivery
from notifications.settings import NotificationsSettings
from services.notifications.tests.fakes import event
from services.notifications.tests.receiver import Receiver, receiving

OpenUow = Callable[[], NotificationsUnitOfWork]
Read = Callable[..., Awaitable[list[Any]]]

LOOPBACK = (ip_network("127.0.0.0/8"),)
SHIPPED = "orders.order_shipped.v1"
LEASE = timedelta(seconds=30)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def registry(open_uow: OpenUow) -> Registry:
    return Registry(open_uow, Guard(plain=True), utcnow)


async def register(registry: Registry, url: str = "https://m.example/in") -> Registered:
    wanted = Wanted(url, frozenset({SHIPPED}), "", None)
    return await register_webhook(wanted, IdempotencyKey("test", url, "x"), registry)


async def happen(open_uow: OpenUow, count: int = 1, kind: str = SHIPPED) -> None:
    async with open_uow() as uow:
        for _ in range(count):
            offer_event(event(kind), uow.deliveries)
        await uow.commit()


async def claim(open_uow: OpenUow, *busy: UUID, each: int = 4, late: int = 0) -> list[DueDelivery]:
    now = utcnow() + timedelta(seconds=late)
    async with open_uow() as uow:
        due = await uow.deliveries.claim(now, now + LEASE, each, busy)
        await uow.commit()
    return due


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_webhooks_and_their_deliveries_are_kept_as_they_are(
    open_uow: OpenUow, registry: Registry, engine: AsyncEngine, read: Read
) -> None:
    made = await register(registry)
    webhook = made.webhook
    assert made.secret is not None
    [(stored,)] = await read("SELECT secrets::text FROM webhooks")
    assert made.secret.text.removeprefix("whsec_") not in stored
    assert (await register(registry)).webhook == webhook
    queries = SqlWebhookQueries(engine)
    assert await queries.webhook(webhook.id) == replace(webhook, secrets=())
    rotated = await rotate_secret(webhook.id, None, registry)
    changed = await change_webhook(webhook.id, {"description": "x"}, None, registry)
    assert changed.secrets == rotated.webhook.secrets and changed.version == 3
    shipped = event(SHIPPED)
    for _ in range(2):
        async with open_uow() as uow:
            offer_event(shipped, uow.deliveries)
            await uow.commit()
    await happen(open_uow, kind="orders.order_packed.v1")
    [due] = await claim(open_uow)
    assert (due.webhook, due.delivery.event_id) == (changed, shipped.id)
    assert await claim(open_uow) == []
    everything = DeliveryFilter(webhook.id)
    [listed] = await queries.deliveries(everything, None, 10)
    assert listed == due.delivery == await queries.delivery(webhook.id, listed.id)
    assert await queries.deliveries(everything, listed.id, 10) == []
    assert (
        await queries.deliveries(replace(everything, status=DeliveryStatus.FAILED), None, 9) == []
    )
    await remove_webhook(webhook.id, None, registry)
    assert await read("SELECT 1 FROM webhook_deliveries") == []
    assert await queries.webhooks(None, 10) == []
    with pytest.raises(WebhookNotFound):
        await redeliver(webhook.id, listed.id, registry)


async def test_many_claim_at_once_and_nothing_is_claimed_twice_or_of_the_busy(
    open_uow: OpenUow, registry: Registry
) -> None:
    one = (await register(registry, "https://1.example/")).webhook
    two = (await register(registry, "https://2.example/")).webhook
    await happen(open_uow, 20)
    batches = await asyncio.gather(*(claim(open_uow, each=3) for _ in range(8)))
    claimed = [due.delivery.id for batch in batches for due in batch]
    assert len(claimed) == len(set(claimed)) and len(claimed) >= 20
    assert all(sum(d.webhook.id == one.id for d in batch) <= 3 for batch in batches)
    again = await claim(open_uow, one.id, each=50, late=60)
    assert {due.webhook.id for due in again} == {two.id}


async def test_what_a_killed_process_had_claimed_comes_back_and_the_late_one_writes_nothing(
    open_uow: OpenUow, registry: Registry
) -> None:
    webhook = (await register(registry)).webhook
    await happen(open_uow)
    [lost], [found] = await claim(open_uow), await claim(open_uow, late=31)
    assert found.delivery.tries == 2
    for due, saved in ((lost, False), (found, True), (found, False)):
        due.delivery.status = DeliveryStatus.DELIVERED
        due.delivery.delivered_at = utcnow()
        async with open_uow() as uow:
            assert await uow.deliveries.save(due.delivery, due.lease) is saved
            await uow.commit()
    async with open_uow() as uow:
        assert await uow.deliveries.taken_since(webhook.id, utcnow() - timedelta(minutes=1))
        assert not await uow.deliveries.taken_since(webhook.id, utcnow())
    again = await redeliver(webhook.id, found.delivery.id, registry)
    assert again.status is DeliveryStatus.PENDING
    with pytest.raises(DeliveryNotFound):
        await redeliver(webhook.id, UUID(int=1), registry)
    later = utcnow() + timedelta(days=9)
    await change_webhook(webhook.id, {"enabled": False}, None, registry)
    await change_webhook(
        webhook.id, {"enabled": True}, None, replace(registry, clock=lambda: later)
    )
    [resumed] = await claim(open_uow)
    assert resumed.delivery.gives_up_at == later + PATIENCE and resumed.delivery.tries == 1
    async with open_uow() as uow:
        assert await uow.deliveries.give_up(webhook.id) == 1


@asynccontextmanager
async def sending(
    settings: NotificationsSettings, dsn: str, engine: AsyncEngine
) -> AsyncIterator[None]:
    """What sends to webhooks, and what wakes it."""
    lanes = [part for part in workers(settings, dsn, engine) if "sender" not in part.name]
    running = [asyncio.create_task(part.run()) for part in lanes]
    yield
    for part in lanes:
        await part.stop()
    await asyncio.gather(*running)


def understood(receiver: Receiver, path: str, made: Registered) -> int:
    """How many messages the specification's own library takes; it raises for any other."""
    assert made.secret is not None
    library = standardwebhooks.Webhook(made.secret.text)
    messages = [request for request in receiver.received if request.path == path]
    for message in messages:
        library.verify(message.body, message.headers)
    return len(messages)


async def test_events_reach_the_endpoints_whatever_their_neighbours_do(
    settings: NotificationsSettings,
    dsn: str,
    engine: AsyncEngine,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notifications.domain.delivery.FIRST_PAUSE", timedelta(milliseconds=100))
    monkeypatch.setattr("notifications.application.lanes.POLL_SECONDS", 0.1)
    settings = settings.model_copy(update={"webhook_networks": LOOPBACK})
    open_uow = work(settings, engine)
    registry = Registry(open_uow, settings.webhook_guard, utcnow)
    receiver.first["/shaky"] = [500, 503]
    hooks = {
        path: await register(registry, receiver.url(path))
        for path in ("/ok", "/slow", "/shaky", "/elsewhere", "/410")
    }
    queries = SqlWebhookQueries(engine)

    async def of(path: str) -> list[Delivery]:
        return list(await queries.deliveries(DeliveryFilter(hooks[path].webhook.id), None, 10))

    async def settled() -> bool:
        taken = [*await of("/ok"), *await of("/shaky")]
        return {d.status for d in taken} == {DeliveryStatus.DELIVERED} and len(taken) == 10

    async with sending(settings, dsn, engine):
        await happen(open_uow, 5)
        await until(settled)
    assert understood(receiver, "/ok", hooks["/ok"]) == 5
    shaky = sorted(one.status or 0 for d in await of("/shaky") for one in d.log)
    assert shaky == [200] * 5 + [500, 503]
    assert {d.status for d in await of("/slow")} == {DeliveryStatus.PENDING}
    [redirected] = {one.error for d in await of("/elsewhere") for one in d.log}
    assert redirected == "redirects are not followed"
    gone = await queries.webhook(hooks["/410"].webhook.id)
    assert gone is not None and (gone.enabled, receiver.paths().count("/410")) == (False, 4)
