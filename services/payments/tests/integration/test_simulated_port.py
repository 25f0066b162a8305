"""The simulated provider over its tables: everything that the port demands."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from native.testing import Engines
from payments.adapters.simulated_books import SimulatedBooks
from payments.adapters.simulated_provider import Pace, SimulatedProvider
from services.payments.tests.integration.conftest import Shop, opened
from services.payments.tests.provider_port import ProviderPort, Subject

_DECIDED = text("UPDATE provider_charges SET decides_at = now() WHERE reference = :reference")


@pytest.fixture(scope="module")
async def shop(engines: Engines) -> AsyncIterator[Shop]:
    """One for all: each test makes charges of its own."""
    async with opened(engines) as shop:
        yield shop


@pytest.fixture
def subject(shop: Shop) -> Subject:
    async def decide(reference: str) -> None:
        async with shop.engine.begin() as connection:
            await connection.execute(_DECIDED, {"reference": reference})

    provider = SimulatedProvider(shop.provider_engine, Pace(later=60))
    return Subject(provider, SimulatedBooks(shop.provider_engine), decide)


class TestSimulatedProvider(ProviderPort):
    """Everything that the port demands."""
