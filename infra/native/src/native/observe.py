"""What each process of a stack is doing: state, readiness, ports and memory.

`./souk status`, `./souk bench` and the tests read it. Memory is the proportional set size (PSS)
where the system tells it, so that pages shared by several processes count once; elsewhere it is the
resident set.
"""

import time
from dataclasses import dataclass

import psutil

from native import record, table
from native.keeper import ENDED, RUNNING, Keeper
from native.place import Place
from native.process import Process
from native.vault import open_vault

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sight:
    """One process as it is now; memory in MiB with its children, age in seconds."""

    name: str
    state: str
    pid: int | None
    ports: tuple[int, ...]
    memory_mib: float
    age_seconds: float

    @property
    def ready(self) -> bool:
        """Whether it takes requests."""
        return self.state == "ready"


def look(place: Place) -> list[Sight]:
    """Every process of the stack, the supervisor first; nothing where no stack was started."""
    kept = record.read(place.record)
    keeper = Keeper(place)
    if kept is None and not keeper.alive():
        return []
    states = keeper.states() if keeper.alive() else {}
    sights = [_supervisor(keeper)] if states else []
    if kept is None:
        return sights
    known = table.processes(place, kept.options, open_vault(place))
    for process in known:
        state = states.get(process.name)
        running = state is not None and state.code not in ENDED
        word = state.word if state is not None else "stopped"
        pid = state.pid if state is not None and running else None
        if state is not None and state.code == RUNNING:
            word = "ready" if process.ready() else "running, not ready"
        age = time.time() - state.since if state is not None and pid else 0.0
        sights.append(Sight(process.name, word, pid, process.ports, memory(pid), age))
    return sights


def _supervisor(keeper: Keeper) -> Sight:
    pid = keeper.pid()
    age = time.time() - psutil.Process(pid).create_time()
    return Sight("supervisor", "ready", pid, (), _own_memory(psutil.Process(pid)), age)


def memory(pid: int | None) -> float:
    """MiB of a process and everything below it; 0 when it is gone."""
    if pid is None:
        return 0.0
    try:
        root = psutil.Process(pid)
        return sum(_own_memory(process) for process in [root, *root.children(recursive=True)])
    except psutil.NoSuchProcess:
        return 0.0


def _own_memory(process: psutil.Process) -> float:
    try:
        full = process.memory_full_info()
        return float(getattr(full, "pss", 0) or full.uss) / MIB
    except psutil.AccessDenied:
        return float(process.memory_info().rss) / MIB
    except psutil.NoSuchProcess:
        return 0.0


def processes_of(place: Place) -> list[Process]:
    """The process table of the stack that was started here."""
    kept = record.read(place.record)
    return [] if kept is None else table.processes(place, kept.options, open_vault(place))
