"""The real shop's month on the running stack: imported once, replayed once, and accounted for.

Other tests buy and change prices on the same stack; the reconciliation must see through that.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator

import pytest

from native.children import run
from native.place import CHECKOUT
from native.record import Record
from native.shop.importer import import_file
from native.shop.replayer import replay_file
from native.shop.session import Session, open_session

MONTH = CHECKOUT / "data/online-retail/online-retail-2010-12.csv.gz"


@pytest.fixture(scope="module")
async def session(stack: Record) -> AsyncIterator[Session]:
    async with open_session(stack) as opened:
        await import_file(MONTH, opened)
        yield opened


async def test_importing_again_changes_nothing(session: Session) -> None:
    again = await import_file(MONTH, session)
    assert (again.skus, again.products, again.lines_read) == (2719, 2370, 42_481)
    assert (again.created, again.changed, again.stock_added) == (0, 0, 0)


async def test_a_replay_accounts_for_every_penny_and_unit(session: Session) -> None:
    report = await replay_file(MONTH, session, limit=25)
    assert report.result.differences == []
    assert report.result.orders.found == 25
    assert report.result.confirmations.found == 25
    assert report.returns_made == 3
    assert report.result.refunds.found == report.result.refunds.expected > 0
    again = await replay_file(MONTH, session, limit=25)
    assert (again.placed, again.already_there, again.result.differences) == (0, 25, [])
    assert (again.returns_made, again.result.refunds) == (0, report.result.refunds)


async def test_a_replay_that_was_broken_off_goes_on_without_a_second_order(
    session: Session,
) -> None:
    broken = asyncio.create_task(replay_file(MONTH, session, limit=45))
    while await _orders(session) < 30 and not broken.done():
        await asyncio.sleep(0.02)
    broken.cancel()
    await asyncio.gather(broken, return_exceptions=True)
    rest = await replay_file(MONTH, session, limit=45)
    assert rest.result.differences == []
    assert rest.result.orders.found == 45


async def test_the_command_prints_one_json_object_and_ends_well(
    stack: Record, session: Session
) -> None:
    words = [sys.executable, "-m", "native.cli", "replay", str(MONTH), "--limit", "5", "--json"]
    told = {"SOUK_HOME": stack.home, "SOUK_TOOLS": os.environ.get("SOUK_TOOLS", "")}
    printed = await run(words, environment=told)
    report = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    assert report["orders"] == {"expected": 5, "found": 5}
    assert report["differences"] == []


async def _orders(session: Session) -> int:
    items = session.api.items("/v1/orders", session.operator.headers)
    return len([order async for order in items if order["reference"]])
