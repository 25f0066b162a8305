"""Two processes of one service: both get requests, and one of them may be killed.

The running stack is scaled as a user would, by `./souk up --replicas orders=2`, and back again.
"""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.e2e.buyers import Buyer, buy_and_insist, every_order_is_there_once
from tests.e2e.processes import Processes
from tests.e2e.rolling import restart_each
from tests.e2e.shop import Shop

BOTH = ("orders", "orders-2")


@pytest.fixture(scope="module")
async def two(stack: Any) -> AsyncIterator[Processes]:
    """The stack with two processes of orders; afterwards it has one again."""
    processes = Processes.of(stack)
    await processes.scale("orders=2")
    try:
        yield processes
    finally:
        await processes.scale("orders=1")


async def requests_of(processes: Processes, name: str) -> float:
    """How many requests this process has answered, by its own count."""
    async with httpx.AsyncClient() as client:
        port = processes.known(name).port
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    found = re.findall(r'^http_requests_total\{.*route="/v1/orders".*\} (\S+)$', text, re.MULTILINE)
    return sum(map(float, found))


async def test_the_gateway_spreads_requests_over_both(two: Processes, customer: Shop) -> None:
    before = [await requests_of(two, name) for name in BOTH]
    for _ in range(20):
        assert (await customer.call("GET", "/v1/orders")).status_code == 200
    after = [await requests_of(two, name) for name in BOTH]
    gained = [now - then for then, now in zip(before, after, strict=True)]
    assert sum(gained) == 20
    assert min(gained) >= 5


async def test_a_killed_replica_loses_no_order_that_a_client_was_told_of(
    two: Processes, shop: Shop, support: Shop
) -> None:
    buyers = [Buyer(shop.as_guest()) for _ in range(16)]
    async with asyncio.TaskGroup() as crowd:
        for buyer in buyers:
            crowd.create_task(buy_and_insist(buyer))
        await asyncio.sleep(0.3)
        os.kill(two.pid("orders-2"), signal.SIGKILL)
    await every_order_is_there_once(buyers, support)
    await two.until_ready(*BOTH)


async def test_no_request_fails_while_both_are_replaced_in_turn(
    two: Processes, shop: Shop, customer: Shop
) -> None:
    await restart_each(two, BOTH, shop, customer)
