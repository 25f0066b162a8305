"""What the fixture `engines` gives to every test: fresh databases, topics and addresses."""

import asyncio

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from redis.asyncio import Redis

from native.testing import Engines


async def test_each_database_is_fresh_migrated_and_not_a_superusers(engines: Engines) -> None:
    first, second = await engines.database("orders"), await engines.database("orders")
    assert first != second
    connection = await asyncpg.connect(first)
    try:
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
        assert not await connection.fetchval("SELECT usesuper FROM pg_user WHERE usename = user")
        assert str(await connection.fetchval("SHOW server_version")).startswith("18.")
    finally:
        await connection.close()


async def test_topics_of_two_tests_never_meet(engines: Engines) -> None:
    prefixes = [await engines.topic_prefix(["orders.events"]) for _ in range(2)]
    assert prefixes[0] != prefixes[1]
    topic = prefixes[0] + "orders.events"
    async with AIOKafkaProducer(
        bootstrap_servers=engines.kafka_bootstrap, enable_idempotence=True, acks="all"
    ) as producer:
        await producer.send_and_wait(topic, b"placed", key=b"order-1")
        assert len(await producer.partitions_for(topic)) == 3
    async with AIOKafkaConsumer(
        topic,
        bootstrap_servers=engines.kafka_bootstrap,
        auto_offset_reset="earliest",
        group_id=f"{prefixes[0]}group",
    ) as consumer:
        message = await asyncio.wait_for(consumer.getone(), 20)
    assert (message.key, message.value) == (b"order-1", b"placed")


async def test_no_topic_is_made_by_accident(engines: Engines) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=engines.kafka_bootstrap, request_timeout_ms=3000, metadata_max_age_ms=1000
    ) as producer:
        with pytest.raises(KafkaError):
            await producer.send_and_wait("nobody.made.this", b"x")


async def test_valkey_keeps_its_keys_and_refuses_rather_than_forget(engines: Engines) -> None:
    async with Redis.from_url(engines.redis_url) as valkey:
        settings = await valkey.config_get("appendonly", "maxmemory-policy")
        assert settings == {"appendonly": "yes", "maxmemory-policy": "noeviction"}
