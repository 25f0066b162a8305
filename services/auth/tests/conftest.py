"""What auth's tests share: a world of fakes, the operator's key, and helpers to speak OAuth."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from auth.application.seed import register_operator, seed_demo
from services.auth.tests.operator_key import OperatorKey
from services.auth.tests.world import World


@pytest.fixture(scope="session")
def operator_key() -> OperatorKey:
    """The operator's key pair; making one takes a while."""
    return OperatorKey()


@pytest.fixture
def world() -> World:
    """An auth without servers, empty."""
    return World()


@pytest_asyncio.fixture
async def seeded(world: World, operator_key: OperatorKey) -> World:
    """An auth without servers, with the demo accounts and both clients."""
    await register_operator(world.uow, operator_key.public, world.clock())
    await seed_demo(world.new_uow, world.passwords, world.issuer, world.clock())
    world.passwords.computed = 0
    return world


@pytest_asyncio.fixture
async def api(seeded: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at that auth: it keeps cookies and follows no redirect."""
    transport = httpx.ASGITransport(seeded.app())
    async with httpx.AsyncClient(transport=transport, base_url=seeded.issuer) as client:
        yield client
