"""What notifications' tests share: a mailroom in memory and the API over it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chassis.application import create_app
from chassis.testing import TokenMint
from notifications.api import preference_routes, routes
from notifications.api.dependencies import Services
from notifications.api.problems import PROBLEMS
from notifications.settings import NotificationsSettings
from services.notifications.tests.fakes import FakeQueries, FakeUnitOfWork, Mailroom


@pytest.fixture
def room() -> Mailroom:
    return Mailroom()


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    return TokenMint()


@pytest.fixture
def app(room: Mailroom, mint: TokenMint) -> Any:
    return create_app(
        service="notifications",
        settings=NotificationsSettings(environment="test"),
        routers=[routes.router, preference_routes.router],
        problems=PROBLEMS,
        verifier=mint.verifier,
        checks={},
        container=Services(FakeQueries(room), lambda: FakeUnitOfWork(room)),
    )


@pytest.fixture
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://souk") as client:
        yield client
