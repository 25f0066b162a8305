"""Live updates over Redis and Kafka: streams that are bounded, one connection, and an outage."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from chassis.producer import EventProducer, Outgoing
from notifications.adapters import update_hub
from notifications.adapters.order_feed import (
    CHANNEL,
    LIFETIME_SECONDS,
    MOST_STEPS,
    FeedWork,
    RedisFeed,
)
from notifications.adapters.update_hub import MOST_FOR_ONE, QueueListener, UpdateHub
from notifications.application.follow_order import Signal
from notifications.bootstrap import connect, update_consumer
from notifications.consumers import live_updates
from notifications.domain.errors import TooManyStreams, UpdatesUnavailable
from notifications.domain.order_update import OrderUpdate
from notifications.settings import NotificationsSettings
from services.notifications.tests.fakes import NOON, event
from services.notifications.tests.fakes_live import FakeFeed

PACKED = OrderUpdate(UUID(int=1), 1, "orders.order_packed.v1", "packed", NOON, {"a": "é"})


@pytest.fixture
async def redis(engines: Any) -> AsyncIterator[Any]:
    client = connect(engines.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def order_id() -> UUID:
    return uuid4()


def key(order_id: UUID) -> str:
    return f"notifications:order-updates:{order_id}"


@asynccontextmanager
async def hearing(redis: "Redis", most: int = 100) -> AsyncIterator[UpdateHub]:
    hub = UpdateHub(redis, lambda: False, most=most)
    running = asyncio.create_task(hub.run())
    async with asyncio.timeout(10):
        while not hub.following:
            await asyncio.sleep(0.01)
    yield hub
    await hub.stop()
    await running


async def heard(listener: QueueListener) -> OrderUpdate | Signal | None:
    news = await listener.next(5)
    return await heard(listener) if news is Signal.RESYNC else news


async def test_a_connection_that_the_kernel_gave_up_is_replaced(redis: Any, order_id: UUID) -> None:
    async with hearing(redis) as hub, asyncio.timeout(10):
        with hub.listen(order_id, "ada") as listener:
            for connection in redis.connection_pool._in_use_connections:
                connection._reader.set_exception(TimeoutError(errno.ETIMEDOUT, "timed out"))
            while hub.following:
                await asyncio.sleep(0.01)
            assert await listener.next(5) is Signal.LOST
            while not hub.following:
                await asyncio.sleep(0.01)
            await RedisFeed(redis).append(replace(PACKED, order_id=order_id))
            assert await heard(listener) == replace(PACKED, order_id=order_id)


@pytest.mark.parametrize("kind", ["fake", "redis"])
async def test_a_stream_keeps_each_step_once_in_order(
    redis: Any, order_id: UUID, kind: str
) -> None:
    feed = RedisFeed(redis) if kind == "redis" else FakeFeed()
    steps = [replace(PACKED, order_id=order_id, version=version) for version in (1, 2, 3)]
    for step in (steps[0], steps[1], steps[0], steps[1], steps[2]):
        await feed.append(step)
    assert await feed.since(order_id, 0) == steps
    assert await feed.since(order_id, 2) == steps[1:]
    assert await feed.since(uuid4(), 0) == []


async def test_a_stream_is_bounded_in_length_and_in_life(redis: Any, order_id: UUID) -> None:
    feed = RedisFeed(redis)
    for version in range(1, 3 * MOST_STEPS):
        await feed.append(replace(PACKED, order_id=order_id, version=version))
    assert MOST_STEPS <= await redis.xlen(key(order_id)) <= 2 * MOST_STEPS
    assert 0 < await redis.ttl(key(order_id)) <= LIFETIME_SECONDS


async def test_events_become_steps_without_anything_personal(
    engines: Any, redis: Any, order_id: UUID
) -> None:
    prefix = await engines.topic_prefix(["orders.events"])
    settings = NotificationsSettings(environment="test", kafka_bootstrap=engines.kafka_bootstrap)
    consumer = update_consumer(settings, redis, prefix)
    running, producer = asyncio.create_task(consumer.run()), EventProducer(engines.kafka_bootstrap)
    await producer.start()
    contact = {"email": "guest@example.com", "name": "Gwen Guest"}
    told = {"order_id": str(order_id), "contact": contact, "customer_id": None}
    for number, kind in enumerate(["order_placed", "order_shipped"], start=1):
        one = event(f"orders.{kind}.v1", number, **told)
        for _ in range(2):
            await producer.send_all([Outgoing(f"{prefix}orders.events", "k", one.to_json(), ())])
    feed = RedisFeed(redis)
    async with asyncio.timeout(20):
        while len(steps := await feed.since(order_id, 0)) < 2:
            await asyncio.sleep(0.02)
    await consumer.stop()
    await asyncio.gather(running, producer.stop())
    assert [(step.version, step.status) for step in steps] == [(1, "pending"), (2, "shipped")]
    assert steps[1].details["tracking"] == "AB123456789GB"
    assert "order" not in steps[1].details
    assert b"Gwen" not in str(await redis.xrange(key(order_id))).encode()


async def test_a_unit_of_work_that_is_not_committed_adds_nothing(
    redis: Any, order_id: UUID
) -> None:
    feed = RedisFeed(redis)
    placed = event("orders.order_placed.v1", 1, order_id=str(order_id))
    async with FeedWork(feed) as work:
        assert await work.unseen("c", [placed]) == {placed.id}
        await live_updates.handlers()[placed.type](placed, work)
        assert await feed.since(order_id, 0) == []
        await work.commit()
    [step] = await feed.since(order_id, 0)
    assert step.event_type == placed.type


async def test_many_listeners_share_one_connection_and_hear_of_their_own_orders(
    redis: Any, order_id: UUID
) -> None:
    feed, other = RedisFeed(redis), uuid4()
    async with hearing(redis) as hub:
        before = (await redis.pubsub_numsub(CHANNEL))[0][1]
        with (
            hub.listen(order_id, "a") as first,
            hub.listen(order_id, "b") as second,
            hub.listen(other, "a") as third,
        ):
            assert (await redis.pubsub_numsub(CHANNEL))[0][1] == before
            step = replace(PACKED, order_id=order_id)
            await feed.append(step)
            assert [await heard(first), await heard(second)] == [step, step]
            await feed.append(replace(PACKED, order_id=other))
            news = await heard(third)
            assert isinstance(news, OrderUpdate) and news.order_id == other


async def test_there_is_an_end_to_how_many_may_listen_and_who_leaves_makes_room(
    redis: Any, order_id: UUID
) -> None:
    async with hearing(redis, most=MOST_FOR_ONE + 1) as hub:
        held = [hub.listen(order_id, "a") for _ in range(MOST_FOR_ONE)]
        for one in held:
            one.__enter__()
        with pytest.raises(TooManyStreams), hub.listen(order_id, "a"):
            pass
        with hub.listen(order_id, "b"), pytest.raises(UpdatesUnavailable):  # noqa: SIM117
            with hub.listen(order_id, "c"):
                pass
        for one in held:
            one.__exit__(None, None, None)
        with hub.listen(order_id, "a"):
            pass


async def test_listeners_are_told_of_an_outage_and_of_its_end(
    redis: Any, order_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_hub, "_TICK_SECONDS", 0.05)
    async with hearing(redis) as hub:
        with hub.listen(order_id, "a") as listener:
            killed = await redis.client_kill_filter(_type="pubsub")
            assert int(killed) >= 1
            assert [await listener.next(5), await listener.next(5)] == [Signal.LOST, Signal.RESYNC]


async def test_a_listener_that_is_too_slow_is_told_to_read_the_stream() -> None:
    listener = QueueListener()
    for version in range(1, 60):
        listener.tell(replace(PACKED, version=version))
    assert await listener.next(1) is Signal.RESYNC


async def test_without_redis_nobody_can_listen_and_an_end_is_told_to_all(order_id: UUID) -> None:
    nowhere = connect("redis://127.0.0.1:1/0")
    with pytest.raises(UpdatesUnavailable):
        await RedisFeed(nowhere).since(order_id, 0)
    away = UpdateHub(nowhere, lambda: False, most=9)
    running = asyncio.create_task(away.run())
    await asyncio.sleep(0.05)
    with pytest.raises(UpdatesUnavailable), away.listen(order_id, "a"):
        pass
    await away.stop()
    await running


async def test_when_the_process_drains_every_stream_ends(redis: Any, order_id: UUID) -> None:
    draining = asyncio.Event()
    hub = UpdateHub(redis, draining.is_set, most=9)
    running = asyncio.create_task(hub.run())
    async with asyncio.timeout(10):
        while not hub.following:
            await asyncio.sleep(0.01)
    with hub.listen(order_id, "a") as listener:
        draining.set()
        assert await heard(listener) is Signal.END
    await hub.stop()
    await running
