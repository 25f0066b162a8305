"""One running stack for all end-to-end tests, and the callers that they play."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from tests.e2e.browser import browser_running
from tests.e2e.otlp_receiver import Collector, collecting
from tests.e2e.processes import Processes
from tests.e2e.shop import Shop


@pytest.fixture(scope="session")
async def shop(stack: Any) -> AsyncIterator[Shop]:
    """The shop as anybody sees it."""
    async with httpx.AsyncClient(base_url=stack.gateway_url) as client:
        yield Shop(client, stack.mailbox_url)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with browser_running() as running:
        yield running


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


@pytest.fixture(scope="session")
def spans(stack: Any) -> Iterator[Collector]:
    """The spans that the stack's processes send from now on, every few seconds."""
    endpoint = stack.watchers.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    assert endpoint, "start the stack with OTEL_EXPORTER_OTLP_ENDPOINT, as ./souk test does"
    with collecting(endpoint) as collector:
        yield collector


@pytest.fixture
def processes(stack: Any) -> Processes:
    """The processes of the stack, to be stopped and started."""
    return Processes.of(stack)
