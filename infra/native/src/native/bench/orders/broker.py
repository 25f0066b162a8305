"""The references for events: a bare round trip through Kafka, and how fast aiokafka can send.

Both use the settings of the shop's own producer (idempotent, acknowledged by all) and a topic of
their own, which is removed again. Called by `command.py`.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from native import topics

ROUND_TRIPS = 300
MESSAGES = 100_000
_BYTES = 700


@dataclass(frozen=True, slots=True)
class Broker:
    """What Kafka itself takes: milliseconds from send to receive, and messages a second."""

    round_trip_ms: float
    sends_per_second: float


async def measure(bootstrap: str) -> Broker:
    """Measures both."""
    async with topic(bootstrap, "bench.reference") as name, producing(bootstrap) as producer:
        trips = await _round_trips(bootstrap, producer, name)
        return Broker(median(trips) * 1000, await _sends(producer, name))


@asynccontextmanager
async def topic(bootstrap: str, name: str) -> AsyncIterator[str]:
    """An empty topic, while the context is open."""
    await topics.create(bootstrap, [name])
    try:
        yield name
    finally:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        try:
            await admin.start()
            await admin.delete_topics([name])
        finally:
            await admin.close()


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer with the durability of the relay's."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", max_batch_size=768 * 1024
    )
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


async def _round_trips(bootstrap: str, producer: AIOKafkaProducer, name: str) -> list[float]:
    """Seconds from sending a message until it has come back, one after the other."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=500)
    try:
        await consumer.start()
        partition = TopicPartition(name, 0)
        consumer.assign([partition])
        await consumer.seek_to_end(partition)
        trips = []
        for _ in range(ROUND_TRIPS):
            began = time.perf_counter()
            await producer.send(name, b"x" * _BYTES, partition=0)
            await consumer.getone()
            trips.append(time.perf_counter() - began)
        return trips
    finally:
        await consumer.stop()


async def _sends(producer: AIOKafkaProducer, name: str) -> float:
    """Messages a second that are acknowledged, with as many under way as the producer takes."""
    value = b"x" * _BYTES
    began = time.perf_counter()
    for _ in range(MESSAGES // 1000):
        sent = [await producer.send(name, value, key=b"%d" % number) for number in range(1000)]
        await asyncio.gather(*sent)
    return MESSAGES / (time.perf_counter() - began)
