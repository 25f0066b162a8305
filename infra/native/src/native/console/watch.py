"""Looks at processes, metrics and logs: often while somebody watches, seldom otherwise.

A component of the console's process. `routes.py` shows what the last look found, and the points of
the sparklines; each look reads `/metrics` of the services as Prometheus would.
"""

import asyncio
import contextlib
import http.client
import time
import xmlrpc.client
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from chassis.logs import get_logger
from native import observe
from native.console.log_tail import LogTail
from native.exposition import Sample, read
from native.options import SERVICES
from native.place import Place
from native.process import HOST, Process

log = get_logger(__name__)

WATCHED_SECONDS = 2.0
UNWATCHED_SECONDS = 30.0
_STILL_WATCHED = 15.0
_PATIENCE = 3.0
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
    """What the metrics of all processes come to; `counted` by process, since each may be silent."""

    counted: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
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
        self._looked = asyncio.Event()
        self._stopped = asyncio.Event()
        self._hurry = asyncio.Event()
        self.sights: Sequence[observe.Sight] = ()
        self.totals = Totals()
        self.points: deque[Point] = deque(maxlen=_POINTS)
        self._before: tuple[float, Totals] | None = None

    async def run(self) -> None:
        """Look until stopped."""
        async with httpx.AsyncClient(timeout=2.0) as client:
            ending = asyncio.create_task(self._stopped.wait())
            while not self._stopped.is_set():
                looking = asyncio.create_task(self._try_look(client))
                await asyncio.wait({looking, ending}, return_when=asyncio.FIRST_COMPLETED)
                if not looking.done():
                    looking.cancel()
                await asyncio.gather(looking, return_exceptions=self._stopped.is_set())
                watched = time.monotonic() - self._asked < _STILL_WATCHED
                self._hurry.clear()
                if not self._stopped.is_set():
                    await self._pause(WATCHED_SECONDS if watched else UNWATCHED_SECONDS)

    async def stop(self) -> None:
        """End, without waiting for the look under way."""
        self._stopped.set()
        self._hurry.set()

    async def asked(self) -> None:
        """Somebody watches: look often from now on, and at once if the last look is old.

        They wait for it for a moment only; processes that hang make a look long.
        """
        was_watched = time.monotonic() - self._asked < _STILL_WATCHED
        self._asked = time.monotonic()
        if not was_watched:
            self._looked.clear()
            self._hurry.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._looked.wait(), _PATIENCE)

    def troubles(self) -> list[Any]:
        """The newest warnings and errors first."""
        return list(reversed(self._tail.recent))

    async def _try_look(self, client: httpx.AsyncClient) -> None:
        try:
            await self._look(client)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            # The supervisor is busy, or a process ended under our eyes.
            log.warning("look_failed", error=repr(error))

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
        self._looked.set()

    async def _metrics(self, client: httpx.AsyncClient) -> Totals:
        processes = await asyncio.to_thread(observe.processes_of, self._place)
        measured = [p for p in processes if p.name == "gateway" or p.name.split("-")[0] in SERVICES]
        answers = await asyncio.gather(*(_scrape(client, process) for process in measured))
        totals = Totals()
        for process, samples in zip(measured, answers, strict=True):
            if samples is None:
                totals.silent.append(process.name)
            for sample in samples or ():
                count(totals, process.name, sample)
        return totals

    def _point(self, totals: Totals, then: float, before: Totals, now: float) -> Point:
        grown = growth(before.counted, totals.counted)
        return Point(
            at=time.time(),
            requests=grown["requests"] / (now - then),
            failed=grown["failed"] / (now - then),
            events=grown["events"] / (now - then),
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


def growth(before: Mapping[str, Counter[str]], now: Mapping[str, Counter[str]]) -> Counter[str]:
    """How much was counted between two looks.

    One that was silent at either does not count, and one that began anew counts from nought.
    """
    grown: Counter[str] = Counter()
    for process in before.keys() & now.keys():
        old, new = before[process], now[process]
        grown.update({name: max(0, count - old[name]) for name, count in new.items()})
    return grown


async def _scrape(client: httpx.AsyncClient, process: Process) -> list[Sample] | None:
    """The wanted metrics of a process; None when it does not answer."""
    try:
        answer = await client.get(f"http://{HOST}:{process.port}/metrics")
    except httpx.HTTPError:
        return None
    return list(read(answer.text, _WANTED)) if answer.is_success else None


def count(totals: Totals, process: str, sample: Sample) -> None:
    """Take one value of a process in."""
    counted, value = totals.counted[process], int(sample.value)
    match sample.metric:
        case "gateway_requests_total" if sample.labels.get("upstream") != "console":
            counted["requests"] += value
            if sample.labels.get("status", "").startswith("5"):
                counted["failed"] += value
        case "events_consumed_total":
            counted["events"] += value
        case "dead_letters_total":
            totals.dead += value
        case "outbox_waiting":
            totals.outbox[process] += value
        case "consumer_lag":
            totals.lag[sample.labels["group"], sample.labels["topic"]] += value
