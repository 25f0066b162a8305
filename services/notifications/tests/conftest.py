"""What notifications' tests share: a mailroom in memory and the API over it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chassis.application import create_app
from chassis.clock import utcnow
from chassis.testing import TokenMint
from notifications.api.dependencies import Live, Services
from notifications.api.problems import PROBLEMS
from notifications.application.manage_webhooks import Registry
from notifications.bootstrap import ROUTERS
from notifications.domain.destination import Guard
from notifications.settings import NotificationsSettings
from services.notifications.tests.fakes import FakeQueries, FakeUnitOfWork, Mailroom
from services.notifications.tests.fakes_live import FakeFeed, FakeListeners
from services.notifications.tests.fakes_webhooks import FakeWebhookQueries


@pytest.fixture
def room() -> Mailroom:
    return Mailroom()


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    return TokenMint()


@pytest.fixture
def feed() -> FakeFeed:
    return FakeFeed()


@pytest.fixture
def listeners() -> FakeListeners:
    return FakeListeners()


@pytest.fixture
def app(room: Mailroom, mint: TokenMint, feed: FakeFeed, listeners: FakeListeners) -> Any:
    settings = NotificationsSettings(environment="test")
    registry = Registry(lambda: FakeUnitOfWork(room), Guard(), utcnow)
    reads, webhook_reads = FakeQueries(room), FakeWebhookQueries(room.endpoints)
    live = Live(reads.order_state, feed, listeners.listen)
    return create_app(
        service="notifications",
        settings=settings,
        routers=ROUTERS,
        problems=PROBLEMS,
        verifier=mint.verifier,
        checks={},
        container=Services(reads, webhook_reads, registry, live),
    )


@pytest.fixture
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://souk") as client:
        yield client
