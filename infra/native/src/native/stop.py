"""Takes a stack down in order and looks that no process of it stays.

`./souk down`, an interrupted `up` and the tests call `bring_down`. What the supervisor no longer
knows (it was killed itself) is found by the mark that every process of a stack carries in its
environment.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import psutil

from native.keeper import Keeper, Note, print_nothing
from native.place import Place

MARK = "SOUK_STACK"
GRACE = 10.0  # seconds between asking and killing
# The console takes in what services send as they end.
SERVERS = frozenset({"mailbox", "console", "postgres", "valkey", "kafka", "documents"})


async def bring_down(place: Place, note: Note = print_nothing) -> list[str]:
    """Stop gateway, then services, then servers, then the supervisor. Gives what ran."""
    keeper = Keeper(place)
    stopped: list[str] = []
    if keeper.alive():
        stopped = sorted(s.name for s in keeper.states().values() if s.pid is not None)
        await keeper.stop(["gateway"], note)
        await keeper.stop(set(keeper.states()) - SERVERS, note)
        await keeper.stop(SERVERS, note)
        await keeper.shut_down()
    left = strays(place)
    await asyncio.to_thread(_end, left)
    return stopped + [f"stray process {process.pid}" for process in left]


def family(keeper: Keeper) -> set[int]:
    """The supervisor and everything below it, as process ids."""
    if not keeper.alive():
        return set()
    root = psutil.Process(keeper.pid())
    return {root.pid, *(child.pid for child in root.children(recursive=True))}


def strays(place: Place) -> list[psutil.Process]:
    """Processes of this stack that run without a supervisor."""
    found = {p.pid: p for p in psutil.process_iter() if _belongs(p, place)}
    for process in list(found.values()):
        try:
            found |= {child.pid: child for child in process.children(recursive=True)}
        except psutil.Error:
            continue
    return list(found.values())


def _belongs(process: psutil.Process, place: Place) -> bool:
    """Whether it carries this home's mark, or is one of our programs working in this home's data.

    Valkey is known by the latter: it writes its title over its environment.
    """
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.environ().get(MARK) == str(place.home):
            return True
        ours = Path(process.exe()).is_relative_to(place.tools.resolve())
        return ours and Path(process.cwd()).is_relative_to(place.data.resolve())
    except (psutil.Error, OSError):
        return False


def _end(processes: Iterable[psutil.Process]) -> None:
    targets = list(processes)
    for process in targets:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(targets, timeout=GRACE)
    for process in alive:
        _signal(process, kill=True)
    psutil.wait_procs(alive, timeout=GRACE)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
