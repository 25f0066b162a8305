"""What this service's tests share: a shop in memory, its API, and the same on real servers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from orders.adapters.redis_carts import RedisCarts
from orders.adapters.tables import metadata
from orders.domain.ports import Carts
from orders.testing.memory_carts import MemoryCarts
from orders.testing.memory_shop import MemoryShop
from orders.testing.values import CLOCK, HEART, LANTERN


@pytest.fixture
def shop() -> MemoryShop:
    """A shop in memory that sells three products."""
    shop = MemoryShop()
    shop.prices.put_on_sale(HEART, LANTERN, CLOCK)
    return shop


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(engines: Any) -> str:
    """The URL of a migrated database that this session's tests share."""
    url: str = await engines.database("orders")
    return url


@pytest_asyncio.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """The database, emptied."""
    engine = create_engine(database)
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def redis(engines: Any) -> AsyncIterator["Redis"]:
    """A Redis client; other services' keys are left alone."""
    client: Redis = Redis.from_url(engines.redis_url, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
def carts(request: pytest.FixtureRequest) -> Carts:
    """The store that the test is parametrized with: `memory`, or the real one for `redis`."""
    if request.param == "memory":
        return MemoryCarts()
    return RedisCarts(request.getfixturevalue("redis"))
