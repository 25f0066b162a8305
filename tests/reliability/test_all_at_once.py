"""Every process of a shop is killed at the same moment; what anybody was told is there afterwards.

The shop is one of its own, as durable as a user's: the other stacks of these tests may forget.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import psutil
import pytest

from native import record
from native.keeper import Keeper
from native.sandbox import Sandbox, sandbox
from native.stop import strays
from tests.e2e.buyers import Buyer, buy_and_insist, every_order_is_there_once
from tests.e2e.shop import Shop

AT_ONCE, SECONDS = 8, 10.0

log = logging.getLogger(__name__)


@pytest.fixture
async def durable() -> AsyncIterator[Sandbox]:
    """A running shop."""
    with sandbox() as own:
        await up(own)
        yield own


async def up(own: Sandbox) -> None:
    ended = await asyncio.to_thread(own.souk, "up", "--port-base", str(own.base))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def kill_everything(own: Sandbox) -> int:
    """The supervisor goes first, since it would start again what dies."""
    supervisor = psutil.Process(Keeper(own.place).pid())
    others = {*supervisor.children(recursive=True), *strays(own.place)}
    doomed = [supervisor, *(others - {supervisor})]
    for process in doomed:
        # PostgreSQL's own come and go.
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(doomed, timeout=10)
    return len(doomed)


async def test_nothing_that_was_told_is_lost_when_everything_is_killed_at_once(
    durable: Sandbox,
) -> None:
    stack = record.read(durable.place.record)
    assert stack is not None
    buyers: list[Buyer] = []
    over = asyncio.Event()
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=stack.gateway_url, limits=limits) as client:
        shop = Shop(client, stack.mailbox_url)

        async def buy() -> None:
            while not over.is_set():
                buyers.append(Buyer(shop.as_guest()))
                await buy_and_insist(buyers[-1])

        async with asyncio.TaskGroup() as crowd:
            for _ in range(AT_ONCE):
                crowd.create_task(buy())
            await asyncio.sleep(SECONDS)
            told = [buyer for buyer in buyers if buyer.told]
            killed = await asyncio.to_thread(kill_everything, durable)
            begun = time.monotonic()
            await up(durable)
            back = time.monotonic() - begun
            over.set()
        support = await shop.sign_in("support@souk.example")
        await every_order_is_there_once(buyers, support)
    assert len(told) > 2 * AT_ONCE
    assert killed > 12
    verdict = json.loads((await asyncio.to_thread(durable.souk, "verify", "--json")).stdout)
    assert [one for one in verdict["invariants"] if one["violations"]] == []
    figures = (killed, len(told), len(buyers), round(back, 1))
    log.info("killed %d processes; %d orders told before, %d in all; back after %s s", *figures)
