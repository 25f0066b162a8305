"""SIGTERM to a service that is busy: what it has begun it finishes, and then it is back.

The supervisor starts again what ended. Meanwhile the gateway says 503, which a client may repeat;
nobody gets half an answer, and nobody's order is lost or placed twice.
"""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import psutil

from gateway.upstream.breaker import PROBES
from tests.e2e.buyers import Buyer, buy_and_insist, every_order_is_there_once
from tests.e2e.processes import Processes
from tests.e2e.shop import SKU, Shop, eventually

LONGEST_STOP = 10.0
SOMEBODY = {"email": "somebody@example.com", "name": "Some Body"}


@asynccontextmanager
async def crowd(size: int, work: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """As many clients as `size`, each of whom does the work again and again until the end."""
    over = asyncio.Event()

    async def client() -> None:
        while not over.is_set():
            await work()

    async with asyncio.TaskGroup() as clients:
        for _ in range(size):
            clients.create_task(client())
        yield
        over.set()


async def terminate(processes: Processes, name: str) -> float:
    """Send SIGTERM and give the seconds until the process had ended."""
    process, began = psutil.Process(processes.pid(name)), time.monotonic()
    os.kill(process.pid, signal.SIGTERM)
    await asyncio.to_thread(process.wait, 3 * LONGEST_STOP)
    return time.monotonic() - began


def never_asked() -> str:
    """A page that no cache can have."""
    return f"/v1/products?limit=100&q=heart%20{secrets.token_hex(4)}"


async def test_readers_get_whole_answers_or_are_told_to_come_back(
    processes: Processes, shop: Shop
) -> None:
    answers: list[tuple[float, int]] = []

    async def read() -> None:
        began = time.monotonic()
        answer = await shop.call("GET", never_asked())
        answers.append((began, answer.status_code))

    async def one_after_the_other() -> list[int]:
        return [(await shop.call("GET", never_asked())).status_code for _ in range(PROBES + 1)]

    async with crowd(6, read):
        await asyncio.sleep(1)
        told = time.monotonic()
        assert await terminate(processes, "catalog") < LONGEST_STOP
        await processes.until_ready("catalog")
        # The breaker's rest may have to end first, and then a few probes close it.
        await eventually(one_after_the_other, lambda statuses: set(statuses) == {200})
        back = time.monotonic()
        await asyncio.sleep(0.5)
    assert {status for began, status in answers if began < told} == {200}
    assert {status for began, status in answers if began >= told} <= {200, 503}
    assert {status for began, status in answers if began >= back} == {200}


async def test_buyers_who_wait_are_answered_and_no_order_is_lost(
    processes: Processes, shop: Shop, support: Shop
) -> None:
    patient = [(guest, await guest.cart({SKU: 1})) for guest in map(Shop.as_guest, [shop] * 4)]
    waiting = [
        asyncio.create_task(guest.place(*cart, payment="tok_slow", contact=SOMEBODY))
        for guest, cart in patient
    ]
    await asyncio.sleep(1)
    buyers = [Buyer(shop.as_guest()) for _ in range(12)]
    async with asyncio.TaskGroup() as others:
        for buyer in buyers:
            others.create_task(buy_and_insist(buyer))
        assert await terminate(processes, "orders") < LONGEST_STOP
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [201] * 4
    await processes.until_ready("orders")
    await every_order_is_there_once(buyers, support)
