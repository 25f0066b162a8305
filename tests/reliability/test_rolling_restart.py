"""Every service has two processes, and each of them is replaced under load: no request fails."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from native.options import SERVICES
from tests.e2e.processes import Processes
from tests.e2e.rolling import restart_each
from tests.e2e.shop import Shop


@pytest.fixture
async def doubled(stack: Any) -> AsyncIterator[Processes]:
    """The stack with two processes of each service; afterwards it has one again."""
    processes = Processes.of(stack)
    await processes.scale(*(f"{name}=2" for name in SERVICES))
    try:
        yield processes
    finally:
        await processes.scale(*(f"{name}=1" for name in SERVICES))


async def test_no_request_fails_while_each_process_is_replaced(
    doubled: Processes, shop: Shop
) -> None:
    names = [name for service in SERVICES for name in (service, f"{service}-2")]
    await restart_each(doubled, names, shop, await shop.sign_in("customer@souk.example"))
