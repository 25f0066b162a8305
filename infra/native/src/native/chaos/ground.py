"""What the faults act upon: the processes of one stack, the links between them, and its topics.

`stage.py` sets it up and hands it to every fault. Each wait here is bounded; a process that does
not come back in time is named in the error, and ends the run.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from native.chaos.links import Link
from native.errors import StackError
from native.keeper import ENDED, Keeper
from native.place import Place
from native.process import Process
from native.record import Record

BACK_SECONDS = 90.0
CLOCKS = "clocks"


class NotBack(StackError):
    """A process did not take requests again in time after its fault was healed."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One stack; `links` by their names, such as `orders>postgres`."""

    place: Place
    record: Record
    keeper: Keeper
    processes: Mapping[str, Process]
    links: Mapping[str, Link]

    def tree(self, name: str) -> list[psutil.Process]:
        """A process and everything below it; empty while it does not run."""
        pid = self.keeper.states()[name].pid
        if pid is None:
            return []
        try:
            root = psutil.Process(pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and everything below it."""
        for process in self.tree(name):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    async def stop(self, name: str) -> None:
        """Stop it in order, and wait until it has ended."""
        await self.keeper.stop([name])

    async def up(self, name: str) -> None:
        """Start it unless it runs, also when supervision gave it up; raises NotBack."""
        process = self.processes[name]
        deadline = time.monotonic() + BACK_SECONDS
        while not await asyncio.to_thread(process.ready):
            if self.keeper.states()[name].code in ENDED:
                self.keeper.start(name)
            if time.monotonic() > deadline:
                raise NotBack(f"{name} is not back: see {self.keeper.log(name)}")
            await asyncio.sleep(0.1)

    async def all_up(self) -> None:
        """Everything takes requests; raises NotBack."""
        await asyncio.gather(*(self.up(name) for name in self.processes))

    def clock_file(self, name: str) -> Path:
        """Where the seconds stand by which this process's clock is off; see `clock_off`."""
        return self.place.run / CLOCKS / str(self.processes[name].port)


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again; False when the seconds are over before it is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True
