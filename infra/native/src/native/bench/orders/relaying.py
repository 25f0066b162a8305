"""The relay by itself: how fast it publishes a backlog, and how it keeps up with a steady stream.

A database of its own with the chassis' outbox, and the shop's own `Relay` in this process; what it
sent is timed by the broker's records. Called by `command.py`.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.producer import EventProducer
from chassis.relay import Relay
from native import topics
from native.bench.orders import broker, pgbench
from native.bench.reading import percentile
from native.record import Record

BACKLOG = 100_000
# As many inserts a second as there are ticks, each of an equal share of the rows.
_TICKS = 100
_FILL = """
INSERT INTO outbox (topic, key, payload)
SELECT $1, gen_random_uuid(), decode(repeat('7b', 700), 'hex') FROM generate_series(1, $2)
"""
# The payload of the steady stream is the moment at which its row was written, in milliseconds.
_STREAM = """
INSERT INTO outbox (topic, key, payload)
SELECT $1, gen_random_uuid(), convert_to($3, 'UTF8') FROM generate_series(1, $2)
"""


@dataclass(frozen=True, slots=True)
class Relaying:
    """Messages a second from a backlog; milliseconds from commit to the broker in a stream."""

    backlog_per_second: float
    stream_per_second: float
    lag_p50_ms: float
    lag_p99_ms: float


async def measure(kept: Record, per_second: float, seconds: float) -> Relaying:
    """Relays a backlog of BACKLOG rows, and then `per_second` rows for `seconds`."""
    async with (
        broker.topic(kept.kafka_bootstrap, "bench.relay") as topic,
        pgbench.database(kept) as url,
    ):
        pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
        try:
            backlog = await _backlog(kept, url, pool, topic)
            began = time.time()
            async with _relay(kept, url):
                await _stream(pool, topic, per_second, seconds)
                await _emptied(pool)
        finally:
            await pool.close()
        lags = sorted(await _lags(kept.kafka_bootstrap, topic, began))
    return Relaying(backlog, per_second, percentile(lags, 0.5), percentile(lags, 0.99))


async def _backlog(kept: Record, url: str, pool: asyncpg.Pool, topic: str) -> float:
    await pool.execute(_FILL, topic, BACKLOG)
    began = time.perf_counter()
    async with _relay(kept, url):
        await _emptied(pool)
    return BACKLOG / (time.perf_counter() - began)


async def _stream(pool: asyncpg.Pool, topic: str, per_second: float, seconds: float) -> None:
    """Writes rows at a steady rate, whatever the relay does."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    written = 0
    for tick in range(1, int(seconds * _TICKS) + 1):
        await asyncio.sleep(max(0.0, began + tick / _TICKS - loop.time()))
        due = int(per_second * tick / _TICKS) - written
        if due:
            await pool.execute(_STREAM, topic, due, str(time.time() * 1000))
            written += due


@asynccontextmanager
async def _relay(kept: Record, url: str) -> AsyncIterator[None]:
    relay = Relay(dsn=url, producer=EventProducer(kept.kafka_bootstrap), name="bench")
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        await relay.stop()
        await task


async def _emptied(pool: asyncpg.Pool) -> None:
    empty = False
    while not empty:
        await asyncio.sleep(0.02)
        empty = await pool.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)")


async def _lags(bootstrap: str, topic: str, since: float) -> list[float]:
    """Milliseconds between a row's writing and its record's time, for the stream's rows."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    try:
        await consumer.start()
        every = [TopicPartition(topic, number) for number in range(topics.PARTITIONS)]
        found = await consumer.offsets_for_times(dict.fromkeys(every, int(since * 1000)))
        starts = {partition: start.offset for partition, start in found.items() if start}
        left = await consumer.end_offsets(list(starts))
        consumer.assign(list(starts))
        for partition, start in starts.items():
            consumer.seek(partition, start)
        lags: list[float] = []
        while left:
            for partition, records in (await consumer.getmany(timeout_ms=1000)).items():
                lags += [record.timestamp - float(record.value) for record in records]
                if records[-1].offset + 1 >= left[partition]:
                    del left[partition]
        return lags
    finally:
        await consumer.stop()
