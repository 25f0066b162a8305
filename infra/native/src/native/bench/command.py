"""`./souk bench`: the figures of the README, measured on this machine and nowhere else.

Called by `native.cli`. It clones the last commit into a folder of its own, starts it there on other
ports, puts load on it over the loopback address, and takes it down again; `--here` measures the
shop that runs, without the starts. `./souk bench gateway` is in `native.bench.edge`.
"""

import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from native import record
from native.bench import buying, reading, report, starting
from native.bench.edge.command import measure as measure_edge
from native.bench.edge.report import EdgeReport
from native.bench.orders.command import measure as measure_orders
from native.bench.orders.report import OrdersReport
from native.commands.common import AsJson, interruptible
from native.errors import StackError
from native.observe import look
from native.place import Place
from native.progress import Progress, output
from native.record import Record
from native.shop.meter import Meter
from native.shop.session import Session, open_session, running_stack

SLUG = "white-hanging-heart-t-light-holder"

EDGE_ROUNDS = 3


class Subject(StrEnum):
    """What is measured."""

    SHOP = "shop"
    GATEWAY = "gateway"
    ORDERS = "orders"


What = Annotated[Subject, typer.Argument(help="The whole shop, the gateway alone, or orders.")]
Seconds = Annotated[
    float,
    typer.Option(
        min=0,
        max=60,
        help="How long each load lasts; 0 is the usual: 5 s, gateway 2 s, orders 10 s.",
    ),
]
Count = Annotated[int, typer.Option(min=32, max=20_000, help="How many orders are placed.")]
Here = Annotated[bool, typer.Option("--here", help="Measure the shop that runs here.")]


def bench(
    what: What = Subject.SHOP,
    seconds: Seconds = 0.0,
    orders: Count = 2_000,
    here: Here = False,
    as_json: AsJson = False,
) -> None:
    """Measure a shop on this machine, its gateway beside nginx and HAProxy, or its orders."""
    found: report.Report | EdgeReport | OrdersReport
    if what is Subject.GATEWAY:
        found = interruptible(measure_edge(seconds or 2.0, EDGE_ROUNDS))
    elif what is Subject.ORDERS:
        found = interruptible(_bench_orders(seconds or 10.0, orders, here))
    else:
        found = interruptible(_bench(seconds or 5.0, orders, here))
    if as_json:
        typer.echo(json.dumps(found.as_json()))
    else:
        output().print(found.markdown(), soft_wrap=True, markup=False)


async def _bench(seconds: float, orders: int, here: bool) -> report.Report:
    progress = Progress()
    async with _shop(here, progress) as (session, starts):
        home = Path(session.record.home)
        return await _measure(session, home, starts, progress, seconds, orders)


async def _bench_orders(seconds: float, orders: int, here: bool) -> OrdersReport:
    progress = Progress()
    async with _shop(here, progress) as (session, _):
        home = Path(session.record.home)
        return await measure_orders(session, Place(home, home), progress, orders, seconds)


@asynccontextmanager
async def _shop(
    here: bool, progress: Progress
) -> AsyncIterator[tuple[Session, starting.Starts | None]]:
    """The shop that runs here, or a fresh clone's, which took so long to start."""
    if here:
        async with open_session(running_stack(), Meter(progress)) as session:
            yield session, None
        return
    async with (
        _clone(progress) as (kept, starts),
        open_session(kept, Meter(progress)) as session,
    ):
        yield session, starts


@asynccontextmanager
async def _clone(progress: Progress) -> AsyncIterator[tuple[Record, starting.Starts]]:
    folder = _folder()
    try:
        async with starting.fresh_clone(folder) as clone:
            with progress.step("Starting a fresh clone, and starting it again"):
                starts = await starting.time_starts(clone)
            kept = record.read(clone / ".souk" / "stack.json")
            if kept is None:
                raise StackError("the clone's `up` left no record of its stack")
            yield kept, starts
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    """A folder that PostgreSQL's user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="souk-bench-"))
    folder.chmod(0o711)
    return folder


async def _measure(
    session: Session,
    home: Path,
    starts: starting.Starts | None,
    progress: Progress,
    seconds: float,
    orders: int,
) -> report.Report:
    origin, headers = session.record.gateway_url, await session.operator.headers()
    with progress.step(f"Reading a product for {seconds:.0f} s"):
        product = await reading.read(origin, f"/v1/products/{SLUG}", headers, seconds)
    with progress.step(f"Reading a page of 20 for {seconds:.0f} s"):
        page = await reading.read(origin, "/v1/products?limit=20", headers, seconds)
    with progress.step("Placing 50 orders one by one, and waiting for each mail"):
        mails = await buying.time_mails(session, 50)
    with progress.step(f"Placing {orders:,} orders, and waiting for every saga"):
        bought = await buying.order_many(session, orders)
    sights = look(Place(home=home, tools=home))
    memory = {sight.name: sight.memory_mib for sight in sights if sight.pid}
    return report.Report(report.machine(), starts, product, page, mails, bought, memory)
