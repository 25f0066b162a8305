"""A message as large as the broker takes it, which nobody can handle."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.chassis.tests.integration.test_relay_and_consumer import (
    _has,
    consumer,
    event,
    record,
    running,
    until,
)

# What the broker takes at most, less what stands around one message.
LARGEST = 1_048_588 - 100


async def test_the_largest_message_that_is_no_event_holds_nobody_up(
    engines: Any, engine: AsyncEngine, topic: str, read_all: Any
) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=engines.kafka_bootstrap, max_request_size=2**21, max_batch_size=2**21
    )
    await producer.start()
    await producer.send_and_wait(topic, b"x" * LARGEST, b"a")
    await producer.send_and_wait(topic, event("a", 1).to_json(), b"a")
    await producer.stop()
    async with running(consumer(engines, engine, topic, record)):
        await until(lambda: _has(engine, "a1"), 20)
        (dead,) = await asyncio.wait_for(read_all(f"{topic}.dlq", 1), 20)
    headers = dict(dead.headers)
    assert headers["x-offset"] == b"0"
    assert headers["x-reason"].startswith(b"cut from %d bytes; MalformedEvent" % LARGEST)
    assert dead.value == b"x" * (LARGEST // 2)
