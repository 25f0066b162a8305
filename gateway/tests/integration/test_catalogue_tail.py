"""The cache follows the catalogue's events in a real Kafka, new ones alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.envelope import new_event
from chassis.producer import EventProducer, Outgoing
from gateway.cache.cache import Cache
from gateway.cache.policy import Lifetime
from gateway.cache.store import Kept, Key, Store
from gateway.cache.tail import TOPIC, CatalogueTail


def key(path: bytes) -> Key:
    return "catalog", b"souk", path, b""


def keep(cache: Cache, path: bytes) -> None:
    kept = Kept(200, [], b"", Lifetime(60, 0, 0, (), 0), cache.clock(), {}, None)
    cache.store.keep(key(path), kept)


def is_kept(cache: Cache, path: bytes) -> bool:
    return cache.store.find(key(path), lambda _: b"") is not None


async def tell(bootstrap: str, **data: str) -> None:
    event = new_event(
        source="/tests/catalogue",
        type="catalog.product_changed.v1",
        subject="p",
        sequence=1,
        data=data,
        correlation_id="c",
    )
    producer = EventProducer(bootstrap)
    await producer.start()
    await producer.send_all([Outgoing(TOPIC, "p", event.to_json(), ())])
    await producer.stop()


@pytest.fixture
async def following(engines: Any) -> AsyncIterator[Cache]:
    """A cache whose tail has begun to follow."""
    await make_topic(engines.kafka_bootstrap)
    await tell(engines.kafka_bootstrap, slug="old")
    cache = Cache(Store(100_000))
    tail = CatalogueTail(engines.kafka_bootstrap, cache)
    keep(cache, b"/v1/products/before")
    running = asyncio.create_task(tail.run())
    await until(lambda: cache.store.purges > 0)
    yield cache
    await tail.stop()
    await asyncio.wait_for(running, 10)


async def make_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    # One that exists already is not made anew.
    await admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=1)])
    await admin.close()


async def until(done: Any) -> None:
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0.02)


async def test_nothing_is_trusted_from_before_it_follows(following: Cache) -> None:
    assert not is_kept(following, b"/v1/products/before")


async def test_an_event_purges_what_it_concerns(following: Cache, engines: Any) -> None:
    for path in (b"/v1/products/mug", b"/v1/products/bag", b"/v1/products"):
        keep(following, path)
    await asyncio.sleep(0.2)
    # Events from before it followed concern nothing that is kept.
    assert is_kept(following, b"/v1/products/mug")
    await tell(engines.kafka_bootstrap, slug="mug")
    await until(lambda: not is_kept(following, b"/v1/products/mug"))
    assert not is_kept(following, b"/v1/products")
    assert is_kept(following, b"/v1/products/bag")


async def test_a_broker_that_knows_no_topics_for_a_moment_costs_no_event(
    engines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    class Seen(AIOKafkaConsumer):  # type: ignore[misc]
        def __init__(self, *topics: str, **options: Any) -> None:
            super().__init__(*topics, **options)
            made.append(self)

    monkeypatch.setattr("gateway.cache.tail.AIOKafkaConsumer", Seen)
    await make_topic(engines.kafka_bootstrap)
    cache = Cache(Store(100_000))
    tail = CatalogueTail(engines.kafka_bootstrap, cache)
    running = asyncio.create_task(tail.run())
    await until(lambda: cache.store.purges > 0)
    keep(cache, b"/v1/products/mug")
    # As it answers while it starts again: its cluster has no such topic yet.
    cluster = made[0]._client.cluster
    partitions, cluster._partitions = cluster._partitions, {}
    made[0]._coordinator._handle_metadata_update(cluster)
    await tell(engines.kafka_bootstrap, slug="mug")
    cluster._partitions = partitions
    made[0]._coordinator._handle_metadata_update(cluster)
    await until(lambda: not is_kept(cache, b"/v1/products/mug"))
    await tail.stop()
    await asyncio.wait_for(running, 10)


async def test_a_broker_that_is_away_is_waited_for() -> None:
    tail = CatalogueTail("127.0.0.1:9", Cache(Store(1)))
    running = asyncio.create_task(tail.run())
    await asyncio.sleep(0.3)
    assert not running.done()
    await tail.stop()
    await asyncio.wait_for(running, 5)
