"""Makes the pictures of the dashboards in docs/pictures, from a shop that runs and a Prometheus.

`python -m native.dashboards.pictures` starts a collector and a Prometheus where the shop sends to
(`OTEL_EXPORTER_OTLP_ENDPOINT`, when `./souk up` started it), lets people buy for some minutes, and
draws what Prometheus has by then. With `--prometheus URL` it starts and buys nothing, and draws the
last minutes of that one. Panels that nothing answers are named, and a dashboard of such alone is
left out.
"""

import argparse
import asyncio
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from native.chaos.crowd import Crowd
from native.chaos.market import Market, open_market
from native.console.pictures import FOLDER, browsing
from native.dashboards.asking import Prometheus, Span, silent
from native.dashboards.backends import backends, built
from native.dashboards.drawing import bundled, draw, given
from native.dashboards.lines import Lines
from native.dashboards.panels import Json, dashboards
from native.errors import StackError
from native.options import COLLECTOR
from native.place import Place
from native.shop.session import Session, open_session, running_stack
from native.verify.client_log import ClientLog

MINUTES, MOST_MINUTES = 7.0, 60.0
# Buyers a second, and how long the last figures take: a push and an evaluation.
RATE, AFTER_SECONDS = 0.7, 25
# Who only looks round: the articles they look at, and the time between two pages.
SHELF, LOOK_SECONDS = 30, 0.7
SCHEMES = ("light", "dark")


@dataclass
class Made:
    """The pictures, and the titles of what nothing answered."""

    paths: list[Path] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


async def make(minutes: float, prometheus: str | None, folder: Path = FOLDER) -> Made:
    """Writes a picture of every dashboard in light and dark.

    Raises:
        StackError: nothing runs, the shop sends nowhere, or a panel cannot be drawn.
    """
    boards, script = dashboards(), bundled(Place.from_environment().tools)
    if prometheus is not None:
        return await _draw(boards, script, prometheus, _last(minutes), Lines(), folder)
    lines, endpoint = Lines(), _endpoint()
    with tempfile.TemporaryDirectory() as scratch:
        there = Path(scratch)
        with backends(built(), endpoint, there, lines.take) as url:
            await _buy(minutes, there / "calls.jsonl")
            return await _draw(boards, script, url, _last(minutes), lines, folder)


def _endpoint() -> str:
    """Where the shop that runs here sends what it tells, as host and port."""
    endpoint = urlsplit(running_stack().watchers.get(COLLECTOR, "")).netloc
    if not endpoint:
        raise StackError(f"the shop sends nowhere: ./souk up with {COLLECTOR} set to a free port")
    return endpoint


async def _buy(minutes: float, calls: Path) -> None:
    async with open_session(running_stack()) as session:
        with ClientLog(calls) as log:
            market = await open_market(session)
            # Another seed each time: the same buyers would only repeat what they asked for.
            crowd = Crowd(session, market, log, secrets.randbits(32))
            looking = asyncio.create_task(_look_round(session, market))
            try:
                await crowd.work(minutes * 60, RATE)
            finally:
                looking.cancel()
    if not crowd.tally.orders:
        raise StackError("nobody could buy anything, so there is nothing to draw")
    await asyncio.sleep(AFTER_SECONDS)


async def _look_round(session: Session, market: Market) -> None:
    """Reads the shelf and its articles as people do who do not buy, the first ones most often."""
    for number in count():
        ware = market.plenty[number % (1 + number % SHELF)]
        for path in ("/v1/products?limit=20", f"/v1/products/{ware.slug}"):
            await session.api.send("GET", path)
            await asyncio.sleep(LOOK_SECONDS)


def _last(minutes: float) -> Span:
    now = int(time.time())
    return Span(now - int(minutes * 60), now)


async def _draw(
    boards: Mapping[str, Json], script: str, url: str, span: Span, lines: Lines, folder: Path
) -> Made:
    made = Made()
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        asked = Prometheus(http)
        chosen = {name: asked.chosen(board) for name, board in boards.items()}
        told = {name: asked.answers(board, span, chosen[name]) for name, board in boards.items()}
    logs = {name: lines.answers(board, chosen[name]) for name, board in boards.items()}
    async with browsing() as browser:
        for name, board in boards.items():
            made.silent += (quiet := silent(board, told[name], logs[name]))
            if len(quiet) == len(board["panels"]):
                continue
            for scheme in SCHEMES:
                path = folder / f"dashboard-{name}-{scheme}.png"
                page = given(board, told[name], logs[name], span, scheme)
                await draw(browser, script, page, path)
                made.paths.append(path)
    return made


def _words() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m native.dashboards.pictures")
    reader.add_argument("--minutes", type=_minutes, default=MINUTES, help="that are shown")
    reader.add_argument("--prometheus", help="the address of one that has figures already")
    return reader.parse_args()


def _minutes(text: str) -> float:
    number = float(text)
    if not 1 <= number <= MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"1 to {MOST_MINUTES:.0f}")
    return number


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    words = _words()
    # Told to end, it ends what it started, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        made = asyncio.run(make(words.minutes, words.prometheus))
    except StackError as problem:
        sys.exit(f"souk: {problem}")
    for one in made.paths:
        sys.stdout.write(f"{one} {one.stat().st_size / 1024:.0f} KiB\n")
    for title in made.silent:
        sys.stdout.write(f"no data: {title}\n")
