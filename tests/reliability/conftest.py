"""One running shop for the reliability suite: those who race in it, and who walk its failpoints."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.e2e.processes import Processes
from tests.e2e.races import Callers
from tests.e2e.shop import Shop
from tests.reliability.merchant import a_merchant
from tests.reliability.walk import Walk


@pytest.fixture(scope="session")
async def shop(stack: Any) -> AsyncIterator[Shop]:
    """The shop as anybody sees it."""
    async with httpx.AsyncClient(base_url=stack.gateway_url) as client:
        yield Shop(client, stack.mailbox_url)


@pytest.fixture
async def callers(shop: Shop) -> Callers:
    """Those who take part in a race, with fresh tokens."""
    return Callers(
        shop,
        await shop.sign_in("merchandiser@souk.example"),
        await shop.sign_in("warehouse@souk.example"),
        await shop.sign_in("support@souk.example"),
    )


@pytest.fixture
async def walk(stack: Any, shop: Shop) -> AsyncIterator[Walk]:
    """People, a merchant, and the processes of the stack."""
    async with a_merchant(shop) as merchant:
        yield Walk(Processes.of(stack), stack, shop, merchant)
