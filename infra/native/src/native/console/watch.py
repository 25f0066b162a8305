"""Looks at processes, metrics and logs: often while somebody watches, seldom otherwise.

A component of the console's process. `routes.py` shows what the last look found, and the points of
the sparklines; each look reads `/metrics` of the services as Prometheus would.
"""

import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from native import observe
from native.console.exposition import Sample, read
from native.console.log_tail import LogTail
from native.options import SERVICES
from native.place import Place
from native.process import HOST, Process

WATCHED_SECONDS = 2.0
UNWATCHED_SECONDS = 30.0
_STILL_WATCHED = 15.0
_POINTS = 90
_REQUESTS, _EVENTS = "gateway_requests_total", "events_consumed_total"
_OUTBOX, _LAG, _DEAD = "outbox_waiting", "consumer_lag", "dead_letters_total"
_WANTED = frozenset({_REQUESTS, _EVENTS, _OUTBOX, _LAG, _DEAD})


@dataclass(frozen=True, slots=True)
class Point:
    """One look; rates are a second, over the time since the look before."""

    at: float
    requests: float
    failed: float
    events: float
    outbox: float
    lag: float
    memory_mib: float


@dataclass(slots=True)
class Totals:
    """What the metrics of all processes come to."""

    requests: float = 0.0
    failed: float = 0.0
    events: float = 0.0
    dead: float = 0.0
    outbox: Counter[str] = field(default_factory=Counter)
    lag: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    silent: list[str] = field(default_factory=list)


class Watch:
    """See the module; `points` has the newest last."""

    name = "watch"

    def __init__(self, place: Place) -> None:
        self._place = place
        self._tail = LogTail(place.logs)
        self._asked = 0.0
        self._looked = asyncio.Condition()
        self._stopped = asyncio.Event()
        self._hurry = asyncio.Event()
        self.sights: Sequence[observe.Sight] = ()
        self.totals = Totals()
        self.points: deque[Point] = deque(maxlen=_POINTS)
        self._before: tuple[float, Totals] | None = None

    async def run(self) -> None:
        """Look until stopped."""
        async with httpx.AsyncClient(timeout=2.0) as client:
            while not self._stopped.is_set():
                await self._look(client)
                watched = time.monotonic() - self._asked < _STILL_WATCHED
                self._hurry.clear()
                await self._pause(WATCHED_SECONDS if watched else UNWATCHED_SECONDS)

    async def stop(self) -> None:
        """End after the look under way."""
        self._stopped.set()
        self._hurry.set()

    async def asked(self) -> None:
        """Somebody watches: look often from now on, and at once if the last look is old."""
        was_watched = time.monotonic() - self._asked < _STILL_WATCHED
        self._asked = time.monotonic()
        if not was_watched:
            self._hurry.set()
            async with self._looked:
                await asyncio.wait_for(self._looked.wait(), 10.0)

    def troubles(self) -> list[Any]:
        """The newest warnings and errors first."""
        return list(reversed(self._tail.recent))

    async def _look(self, client: httpx.AsyncClient) -> None:
        totals, sights, _ = await asyncio.gather(
            self._metrics(client),
            asyncio.to_thread(observe.look, self._place),
            asyncio.to_thread(self._tail.look),
        )
        self.totals, self.sights = totals, sights
        now = time.monotonic()
        if self._before is not None:
            self.points.append(self._point(totals, *self._before, now))
        self._before = (now, totals)
        async with self._looked:
            self._looked.notify_all()

    async def _metrics(self, client: httpx.AsyncClient) -> Totals:
        processes = await asyncio.to_thread(observe.processes_of, self._place)
        measured = [p for p in processes if p.name == "gateway" or p.name.split("-")[0] in SERVICES]
        answers = await asyncio.gather(*(_scrape(client, process) for process in measured))
        totals = Totals()
        for process, samples in zip(measured, answers, strict=True):
            if samples is None:
                totals.silent.append(process.name)
            for sample in samples or ():
                _count(totals, process.name, sample)
        return totals

    def _point(self, totals: Totals, then: float, before: Totals, now: float) -> Point:
        def rate(new: float, old: float) -> float:
            # A process that began anew counts from nought again.
            return max(0.0, new - old) / (now - then)

        return Point(
            at=time.time(),
            requests=rate(totals.requests, before.requests),
            failed=rate(totals.failed, before.failed),
            events=rate(totals.events, before.events),
            outbox=sum(totals.outbox.values()),
            lag=sum(totals.lag.values()),
            memory_mib=sum(sight.memory_mib for sight in self.sights),
        )

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return


async def _scrape(client: httpx.AsyncClient, process: Process) -> list[Sample] | None:
    """The wanted metrics of a process; None when it does not answer."""
    try:
        answer = await client.get(f"http://{HOST}:{process.port}/metrics")
    except httpx.HTTPError:
        return None
    return list(read(answer.text, _WANTED)) if answer.is_success else None


def _count(totals: Totals, process: str, sample: Sample) -> None:
    match sample.metric:
        case "gateway_requests_total" if sample.labels.get("upstream") != "console":
            totals.requests += sample.value
            if sample.labels.get("status", "").startswith("5"):
                totals.failed += sample.value
        case "events_consumed_total":
            totals.events += sample.value
        case "dead_letters_total":
            totals.dead += sample.value
        case "outbox_waiting":
            totals.outbox[process] += int(sample.value)
        case "consumer_lag":
            totals.lag[sample.labels["group"], sample.labels["topic"]] += sample.value
