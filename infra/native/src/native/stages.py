"""Starts the processes of a stage together and waits until each of them answers.

`start.py` calls it for the servers and for the services. A process that the supervisor gave up, or
that somebody stopped, ends the wait at once; its last words are in the message.
"""

import asyncio
import time

from native.errors import StackError
from native.keeper import Keeper
from native.process import Process
from native.progress import Progress

READY_SECONDS = 180.0


class NotReady(StackError):
    """A process did not become ready; the text says where its log is."""


async def bring_stage(
    keeper: Keeper, wanted: list[Process], stages: set[int], title: str, progress: Progress
) -> list[str]:
    """Start these stages' processes that do not run, and wait until all of them are ready."""
    members = [process for process in wanted if process.stage in stages]
    idle = [process for process in members if process.name not in keeper.running()]
    with progress.step(title):
        for process in idle:
            keeper.start(process.name)
        await _until_ready(keeper, members, progress)
    return [process.name for process in idle]


async def _until_ready(keeper: Keeper, members: list[Process], progress: Progress) -> None:
    waiting = list(members)
    deadline = time.monotonic() + READY_SECONDS
    while True:
        answers = await asyncio.gather(*(asyncio.to_thread(p.ready) for p in waiting))
        waiting = [p for p, ready in zip(waiting, answers, strict=True) if not ready]
        if not waiting:
            return
        progress.note("waiting for " + ", ".join(process.name for process in waiting))
        if not keeper.alive():
            raise NotReady("the supervisor was stopped meanwhile")
        states = keeper.states()
        given_up = [p.name for p in waiting if states[p.name].word in ("fatal", "stopped")]
        if given_up or time.monotonic() > deadline:
            raise NotReady(_complaint(given_up or [p.name for p in waiting], keeper))
        await asyncio.sleep(0.05)


def _complaint(names: list[str], keeper: Keeper) -> str:
    lines = [f"{name} is not ready; see {keeper.log(name)}" for name in names]
    return "\n".join([*lines, keeper.last_words(names[0])])
