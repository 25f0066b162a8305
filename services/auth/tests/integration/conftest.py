"""A fresh database of auth's own for each test, and two replicas of the service over it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.bootstrap import bootstrap
from auth.settings import AuthSettings
from chassis.database import create_engine
from chassis.encryption import Encryption
from native.testing import Engines
from services.auth.tests.operator_key import ISSUER, OperatorKey


@pytest_asyncio.fixture
async def dsn(engines: Engines) -> str:
    return await engines.database("auth")


@pytest_asyncio.fixture
async def engine(dsn: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(dsn)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def redis(engines: Engines) -> AsyncIterator["Redis"]:
    client = Redis.from_url(engines.redis_url, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
def new_uow(engine: AsyncEngine) -> Callable[[], AuthUnitOfWork]:
    encryption = Encryption(AuthSettings(environment="test").encryption_keys)
    return lambda: AuthUnitOfWork(engine, encryption)


@pytest.fixture
def settings(dsn: str, engines: Engines, operator_key: OperatorKey) -> AuthSettings:
    return AuthSettings(
        environment="test",
        issuer=ISSUER,
        database_url=dsn,
        redis_url=engines.redis_url,
        kafka_bootstrap=engines.kafka_bootstrap,
        seed_demo=True,
        operator_jwk=operator_key.public,
    )


Replica = Callable[[], Coroutine[Any, Any, httpx.AsyncClient]]


@pytest_asyncio.fixture
async def replica(settings: AuthSettings) -> AsyncIterator[Replica]:
    """Starts a replica of the service and gives a browser at it; call it again for another."""
    async with AsyncExitStack() as stack:

        async def start() -> httpx.AsyncClient:
            app: FastAPI = bootstrap(settings).app
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(transport=transport, base_url=ISSUER)
            return await stack.enter_async_context(client)

        yield start


@pytest_asyncio.fixture
async def browser(replica: Replica) -> httpx.AsyncClient:
    """A browser at one replica."""
    return await replica()
