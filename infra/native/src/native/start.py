"""Brings a stack up, step by step, and takes back what it started when it is interrupted.

`./souk up`, `./souk test` and the tests' fixture call `bring_up`. Each step may be repeated at any
time: a second start finds everything made, and one with nothing to change changes nothing.
"""

import asyncio
import fcntl
import hashlib
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from native import databases, first_import, jars, record, table, topics
from native.children import spoken
from native.engines import kafka, postgres
from native.errors import StackError
from native.keeper import Keeper
from native.options import SERVICES, Options
from native.place import CHECKOUT, Place
from native.ports import Holder, Ports, holders
from native.process import Process
from native.progress import Progress
from native.stages import bring_stage
from native.stop import bring_down, family
from native.vault import Vault, open_vault


class PortsTaken(StackError):
    """Other processes sit on the stack's ports."""

    def __init__(self, found: Sequence[Holder]) -> None:
        named = "\n".join(str(holder) for holder in found)
        super().__init__(f"{named}\nStop it, or choose other ports: ./souk up --port-base 18080")
        self.holders = list(found)


class Busy(StackError):
    """Another `up` works on this home."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a start came to: the record of the stack, what was started, and the seconds it took."""

    record: record.Record
    started: list[str]
    seconds: float


async def bring_up(
    place: Place, options: Options, progress: Progress, *, empty: bool = False
) -> Outcome:
    """Start whatever of this stack does not run, in order, and wait until it is ready.

    The first time it also imports the catalogue, unless the shop is to stay `empty`.

    Raises:
        PortsTaken: before anything is started.
        NotReady: a process did not answer in time; what this call started is stopped again.
    """
    begun = time.monotonic()
    place.make()
    vault = open_vault(place)
    keeper = Keeper(place)
    wanted = table.processes(place, options, vault)
    kept = record.describe(place, options, vault)
    fill = not (empty or options.engines_only) and first_import.is_due(place)
    with _alone(place):
        complete = keeper.running().issuperset(process.name for process in wanted)
        if complete and not fill and not keeper.differs(wanted):
            return Outcome(kept, [], time.monotonic() - begun)
        refuse_taken_ports(wanted, keeper)
        record.write(place, kept)
        async with _undone_when_interrupted(place, keeper, progress):
            started = await _start(place, options, vault, keeper, wanted, progress)
            if fill:
                await first_import.fill(place, kept, progress)
    return Outcome(kept, started, time.monotonic() - begun)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Hold the home for one start; the system lets go of it when this process ends in any way."""
    with (place.run / "up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("another ./souk up is at work here; wait for it, or interrupt it") from None
        yield


def refuse_taken_ports(wanted: Iterable[Process], keeper: Keeper) -> None:
    """Name every process that sits on a port of ours; our own processes may.

    Raises:
        PortsTaken: there is such a process.
    """
    ours = family(keeper)
    found = holders([port for process in wanted for port in process.ports], frozenset(ours))
    if found:
        raise PortsTaken(found)


@asynccontextmanager
async def _undone_when_interrupted(
    place: Place, keeper: Keeper, progress: Progress
) -> AsyncIterator[None]:
    before = keeper.running()
    try:
        yield
    except BaseException:
        with progress.step("Stopping what was started"):
            if before:
                await keeper.stop(keeper.running() - before, progress.note)
            else:
                await bring_down(place, progress.note)
        raise


async def _start(
    place: Place,
    options: Options,
    vault: Vault,
    keeper: Keeper,
    wanted: list[Process],
    progress: Progress,
) -> list[str]:
    ports = Ports(options.port_base)
    keeper.write(wanted)
    await _bring_jars(place, progress)
    with progress.step("Preparing PostgreSQL and Kafka"):
        advertised = options.seen_by("*").of("kafka")
        await _together(
            postgres.prepare(place, vault),
            kafka.prepare(place, ports, advertised, throwaway=options.throwaway),
        )
    if keeper.alive():
        await keeper.take_over()
    else:
        await keeper.launch()
    started: list[str] = []
    started += await bring_stage(keeper, wanted, {0}, "Starting the four servers", progress)
    if not options.engines_only:
        await _make_stores(place, ports, vault, progress)
        started += await bring_stage(keeper, wanted, {1, 2, 3}, "Starting the services", progress)
    return started


async def _bring_jars(place: Place, progress: Progress) -> None:
    missing = jars.missing(place.jars)
    if not missing:
        return
    with progress.step(f"Fetching {len(missing)} jars"):
        count = 0
        async for name in spoken([sys.executable, "-m", "native.jars", str(place.jars)]):
            count += 1
            progress.note(f"{count} of {len(missing)}: {name.strip()}")


async def _make_stores(place: Place, ports: Ports, vault: Vault, progress: Progress) -> None:
    """Databases, migrations and topics; skipped when nothing of them changed since last time."""
    stamp = place.data / "stores.stamp"
    now = _stores_fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return
    with progress.step("Making databases, tables and topics"):
        await _together(
            _make_databases(ports, vault),
            topics.create(f"127.0.0.1:{ports.of('kafka')}", topics.names()),
        )
    stamp.write_text(now)


async def _make_databases(ports: Ports, vault: Vault) -> None:
    await databases.create(ports, vault)
    await databases.migrate(ports, vault)


def _stores_fingerprint() -> str:
    """Changes whenever a migration or the list of topics does."""
    digest = hashlib.sha256(" ".join(topics.names()).encode())
    for service in SERVICES:
        for path in sorted((CHECKOUT / "services" / service).glob("migrations/**/*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


async def _together(*steps: Coroutine[Any, Any, object]) -> None:
    """Run the steps side by side; when one fails the others are cancelled, and it is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except BaseExceptionGroup as problems:
        for problem in problems.exceptions:
            if isinstance(problem, StackError):
                raise problem from None
        raise
