"""One chaos run up to its verdict: load and faults side by side, then healing, then rest.

`command.py` calls `play`. Every wait is bounded: a fault by its length, healing by the time that a
process has to come back, a request by its client's patience, and the rest by `REST_SECONDS`.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from native.chaos.catalogue import CATALOGUE, Entry
from native.chaos.crowd import Crowd, Tally
from native.chaos.faults.fault import Fault
from native.chaos.faults.poison import letters_missing, mark_of
from native.chaos.ground import Ground, NotBack
from native.chaos.links import Weather
from native.chaos.market import open_market
from native.chaos.schedule import Planned
from native.errors import StackError
from native.options import SERVICES
from native.progress import Progress
from native.record import Record
from native.shop.meter import Meter
from native.shop.session import open_session
from native.shop.settling import OPEN_SAGAS, OUTBOX, OUTBOX_OLDEST, gauge
from native.verify.client_log import ClientLog
from native.verify.settle import OUTBOX_SECONDS

INJECT_SECONDS = 120.0
REST_SECONDS = 60.0
PAUSE = 0.5
LETTERS_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Happened:
    """A fault that was played, in seconds since the epoch; `trouble` says why it did not work."""

    plan: Planned
    began: float
    healed: float
    trouble: str | None = None


@dataclass
class Run:
    """What a run came to. `rest` is how many seconds the shop needed to come to rest, if it did.

    `late` is how long an event waited that had more than OUTBOX_SECONDS after the last healing.
    """

    plans: Sequence[Planned]
    happened: list[Happened] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    rest: float | None = None
    late: float = 0.0
    letters_missing: Sequence[str] = ()


async def play(
    ground: Ground,
    plans: Sequence[Planned],
    log: Path,
    *,
    seed: int,
    seconds: float,
    rate: float,
    progress: Progress,
    catalogue: Mapping[str, Entry] = CATALOGUE,
) -> Run:
    """Plays the faults while a crowd buys, heals everything, and waits until the shop rests.

    Raises NotBack when a process does not come back after its fault.
    """
    run = Run(plans)
    async with open_session(ground.record, Meter(progress)) as session:
        market = await open_market(session)
        with ClientLog(log) as clients:
            crowd = Crowd(session, market, clients, seed)
            run.tally = crowd.tally
            with progress.step(f"{len(plans)} faults in {seconds:.0f} s"):
                began = asyncio.get_running_loop().time()
                turns = {plan.target: asyncio.Lock() for plan in plans}
                async with asyncio.TaskGroup() as group:
                    group.create_task(crowd.work(seconds, rate))
                    for plan in plans:
                        fault = catalogue[plan.kind].make(plan.target, plan.dice)
                        one = _play_one(ground, plan, fault, began, run, turns[plan.target])
                        group.create_task(one)
    with progress.step("Healing"):
        for link in ground.links.values():
            link.turn(Weather.CALM)
        await ground.all_up()
    with progress.step("Waiting until sagas and outboxes are empty, and letters are dead"):
        run.rest, run.late = await rest_of(ground.record)
        run.letters_missing = await letters_missing(ground, _marks(run), LETTERS_SECONDS)
    return run


async def _play_one(
    ground: Ground, plan: Planned, fault: Fault, began: float, run: Run, turn: asyncio.Lock
) -> None:
    """On a busy machine a target may be long in coming back; then its next fault waits for it."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, began + plan.at - loop.time()))
    async with turn:
        run.happened.append(await _do_and_undo(ground, plan, fault))


async def _do_and_undo(ground: Ground, plan: Planned, fault: Fault) -> Happened:
    at, trouble = time.time(), None
    try:
        async with asyncio.timeout(INJECT_SECONDS):
            await fault.inject(ground)
    except (TimeoutError, StackError) as error:
        trouble = f"not injected: {error!r}"
    await asyncio.sleep(plan.seconds)
    # What its target needs may be away by another fault; the healing of all is waited for later.
    with contextlib.suppress(NotBack):
        await fault.heal(ground)
    return Happened(plan, at, time.time(), trouble)


async def rest_of(kept: Record) -> tuple[float | None, float]:
    """Seconds until no saga is open and no event waits, None when they are not over in time; and
    the longest that an event has waited which should have left by then (I4).
    """
    began, late = time.monotonic(), 0.0
    while (waited := time.monotonic() - began) < REST_SECONDS:
        with contextlib.suppress(httpx.TransportError):
            open_sagas = await gauge(kept, OPEN_SAGAS, ("orders",))
            waiting = await gauge(kept, OUTBOX, SERVICES)
            if not open_sagas and not waiting:
                return waited, late
            if waited >= OUTBOX_SECONDS:
                ages = [await gauge(kept, OUTBOX_OLDEST, (service,)) for service in SERVICES]
                late = max([late, *(age for age in ages if age >= OUTBOX_SECONDS)])
        await asyncio.sleep(PAUSE)
    return None, late


def _marks(run: Run) -> list[str]:
    """What has to be among the dead letters."""
    poisons = ("poison-junk", "poison-broken")
    return [
        mark_of(happened.plan.dice)
        for happened in run.happened
        if happened.plan.kind in poisons and happened.trouble is None
    ]
