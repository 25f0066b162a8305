"""What inventory's tests share: a warehouse in memory and the API over it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chassis.application import create_app
from chassis.testing import TokenMint
from inventory.api.dependencies import Services
from inventory.api.problems import PROBLEMS
from inventory.api.routes import router
from inventory.settings import InventorySettings
from services.inventory.tests.fakes import FakeQueries, FakeUnitOfWork, Warehouse


@pytest.fixture
def warehouse() -> Warehouse:
    """Two SKUs: 85123A with ten units, 10002 with none."""
    return Warehouse().put(_85123A=10, _10002=0)


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    return TokenMint()


@pytest.fixture
def app(warehouse: Warehouse, mint: TokenMint) -> Any:
    return create_app(
        service="inventory",
        settings=InventorySettings(environment="test"),
        routers=[router],
        problems=PROBLEMS,
        verifier=mint.verifier,
        checks={},
        container=Services(lambda: FakeUnitOfWork(warehouse), FakeQueries(warehouse)),
    )


@pytest.fixture
async def client(app: Any, mint: TokenMint) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the warehouse's rights."""
    transport = httpx.ASGITransport(app=app)
    headers = mint.headers(scopes={"stock:read", "stock:write"})
    async with httpx.AsyncClient(
        transport=transport, base_url="http://souk", headers=headers
    ) as client:
        yield client
