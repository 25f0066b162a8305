"""What this service's tests share: a shop in memory, its API, and the same on real servers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.application import create_app
from chassis.database import create_engine
from chassis.settings import ServiceSettings
from chassis.testing import TokenMint
from orders.adapters.redis_carts import RedisCarts
from orders.adapters.tables import metadata
from orders.adapters.unit_of_work import OrdersUnitOfWork
from orders.api.problems import PROBLEMS
from orders.bootstrap import ROUTERS, bootstrap
from orders.domain.ports import Carts
from orders.settings import OrdersSettings
from orders.testing.buyer import GUEST_HEADERS, Buyer
from orders.testing.memory_carts import MemoryCarts
from orders.testing.memory_shop import MemoryShop
from orders.testing.values import CLOCK, CUSTOMER_ID, HEART, LANTERN


@pytest.fixture
def shop() -> MemoryShop:
    """A shop in memory that sells three products."""
    shop = MemoryShop()
    shop.prices.put_on_sale(HEART, LANTERN, CLOCK)
    return shop


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    """Makes access tokens that the API under test takes."""
    return TokenMint()


@pytest.fixture
def bearer(mint: TokenMint) -> Callable[..., dict[str, str]]:
    """Makes the header fields of an account: by default a customer's own carts and orders."""

    def headers(
        subject: str = CUSTOMER_ID, scopes: Iterable[str] = ("orders:read", "orders:write")
    ) -> dict[str, str]:
        return mint.headers(subject, scopes)

    return headers


@pytest.fixture(scope="session")
def api(mint: TokenMint) -> FastAPI:
    """The application, made once; each test puts its own shop into it."""
    return create_app(
        service="orders",
        settings=ServiceSettings(environment="test"),
        routers=ROUTERS,
        problems=PROBLEMS,
        verifier=mint.verifier,
        checks={},
        container=None,
    )


@pytest_asyncio.fixture
async def client(api: FastAPI, shop: MemoryShop) -> AsyncIterator[AsyncClient]:
    """A client of the API over the shop in memory."""
    api.state.container = shop.container()
    async with AsyncClient(transport=ASGITransport(api), base_url="http://test") as client:
        yield client


@pytest_asyncio.fixture
async def customer(client: AsyncClient, bearer: Callable[..., dict[str, str]]) -> Buyer:
    """A signed-in customer with 6 hearts and 2 lanterns in the cart, 25.20 GBP."""
    return await Buyer(client, bearer()).fill(_85123A=6, _71053=2)


@pytest_asyncio.fixture
async def guest(client: AsyncClient) -> Buyer:
    """A guest with one heart in the cart."""
    return await Buyer(client, GUEST_HEADERS).fill(_85123A=1)


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
def settings(database: str, engines: Any) -> OrdersSettings:
    """The settings of a process on the real servers."""
    return OrdersSettings(
        environment="test",
        run=frozenset({"api"}),
        database_url=database,
        redis_url=engines.redis_url,
        kafka_bootstrap=engines.kafka_bootstrap,
    )


@pytest_asyncio.fixture
async def live(
    settings: OrdersSettings, engine: AsyncEngine, mint: TokenMint
) -> AsyncIterator[AsyncClient]:
    """A client of the real service, on an emptied database that sells three products."""
    async with OrdersUnitOfWork(engine) as uow:
        uow.prices.put_product(UUID(int=1), 1, [HEART, LANTERN, CLOCK])
        await uow.commit()
    service = bootstrap(settings, verifier=mint.verifier)
    running = [asyncio.create_task(component.run()) for component in service.components]
    app = service.app
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://live") as client,
    ):
        yield client
        await asyncio.gather(*(component.stop() for component in service.components))
        await asyncio.gather(*running)


@pytest.fixture
def carts(request: pytest.FixtureRequest) -> Carts:
    """The store that the test is parametrized with: `memory`, or the real one for `redis`."""
    if request.param == "memory":
        return MemoryCarts()
    return RedisCarts(request.getfixturevalue("redis"))
