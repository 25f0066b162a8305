"""What the suite shares: signed-in callers of the running stack."""

from collections.abc import AsyncIterator

import httpx
import pytest

from native.record import Record
from tests.e2e.shop import Shop


@pytest.fixture
async def shop(stack: Record) -> AsyncIterator[Shop]:
    """The shop for somebody who is not signed in."""
    async with httpx.AsyncClient(base_url=stack.gateway_url) as client:
        yield Shop(client, stack.mailbox_url)
