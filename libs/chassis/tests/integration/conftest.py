"""A database with the plumbing's tables and a topic of its own for each test that asks."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from chassis.plumbing import _WAKE_FUNCTION, _WAKE_TRIGGER
from libs.chassis.tests.integration.sample import metadata


@pytest.fixture
async def dsn(engines: Any) -> AsyncIterator[str]:
    """A fresh database, dropped at the end."""
    name = f"chassis_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(engines.postgres_admin_dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    address = engines.postgres_admin_dsn.rsplit("/", 1)[0] + f"/{name}"
    engine = create_engine(address)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.exec_driver_sql(_WAKE_FUNCTION)
        await connection.exec_driver_sql(_WAKE_TRIGGER)
    await engine.dispose()
    yield address
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(dsn)
    yield engine
    await engine.dispose()


@pytest.fixture
async def topic(engines: Any) -> str:
    """A topic of three partitions, and its dead letters."""
    name = f"chassis-{uuid4().hex[:12]}.events"
    admin = AIOKafkaAdminClient(bootstrap_servers=engines.kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 3, 1), NewTopic(f"{name}.dlq", 1, 1)])
    await admin.close()
    return name


@pytest.fixture
def read_all(engines: Any) -> Any:
    """Reads `count` records of a topic from its beginning."""

    async def read(topic: str, count: int) -> list[Any]:
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=engines.kafka_bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            return [await anext(consumer) for _ in range(count)]
        finally:
            await consumer.stop()

    return read
