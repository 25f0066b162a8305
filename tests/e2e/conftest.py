"""One running stack for all end-to-end tests, and the callers that they play."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.e2e.shop import Shop


@pytest.fixture(scope="session")
async def shop(stack: Any) -> AsyncIterator[Shop]:
    """The shop as anybody sees it."""
    async with httpx.AsyncClient(base_url=stack.gateway_url) as client:
        yield Shop(client, stack.mailbox_url)


@pytest.fixture
async def customer(shop: Shop) -> Shop:
    return await shop.sign_in("customer@souk.example")


@pytest.fixture
async def support(shop: Shop) -> Shop:
    return await shop.sign_in("support@souk.example")


@pytest.fixture
async def warehouse(shop: Shop) -> Shop:
    return await shop.sign_in("warehouse@souk.example")


@pytest.fixture
async def merchandiser(shop: Shop) -> Shop:
    return await shop.sign_in("merchandiser@souk.example")
