"""The processes of the stack under test, for tests that stop, kill, replace and multiply them.

It asks the supervisor as `./souk` does, through the same table of processes; a number of replicas
is the command's own affair.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from native.children import run
from native.keeper import Keeper
from native.observe import processes_of
from native.place import Place
from native.process import Process
from tests.e2e.shop import eventually

PATIENCE = 90.0  # seconds for a process to start on a machine that does much else


@dataclass(frozen=True, slots=True)
class Processes:
    """What runs in one home."""

    place: Place
    keeper: Keeper

    @classmethod
    def of(cls, stack: Any) -> "Processes":
        """The processes of the stack with this record."""
        place = Place(Path(stack.home), Place.from_environment().tools)
        return cls(place, Keeper(place))

    def known(self, name: str) -> Process:
        """Command, environment and port of a process."""
        return next(process for process in processes_of(self.place) if process.name == name)

    def pid(self, name: str) -> int:
        """The process as the supervisor knows it now."""
        pid = self.keeper.states()[name].pid
        assert pid, f"{name} does not run"
        return pid

    async def until_ready(self, *names: str) -> None:
        """Return when all of them take requests."""
        wanted = [process for process in processes_of(self.place) if process.name in names]

        async def answers() -> list[bool]:
            return await asyncio.gather(*(asyncio.to_thread(p.ready) for p in wanted))

        await eventually(answers, all, PATIENCE)

    @asynccontextmanager
    async def away(self, *names: str) -> AsyncIterator[None]:
        """Stop these in order; afterwards they are there again and take requests."""
        await self.keeper.stop(names)
        try:
            yield
        finally:
            for name in names:
                self.keeper.start(name)
            await self.until_ready(*names)

    async def scale(self, *texts: str) -> None:
        """What `./souk up --replicas TEXT --replicas TEXT` does."""
        asked = [word for text in texts for word in ("--replicas", text)]
        command = [sys.executable, "-m", "native.cli", "up", "--empty", *asked]
        told = {"SOUK_HOME": str(self.place.home), "SOUK_TOOLS": str(self.place.tools)}
        await run(command, environment=told)
