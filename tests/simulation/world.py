"""The world of one run: processes that die, exchanges with servers, and who comes next.

Every exchange (a statement, a commit, a fetch, a send, a call) is an `Op` that waits until the
world lets it happen; between any two of them a process may be killed. What a dead process asks for
never happens, except what was on the wire.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.clockwork import Clockwork
from tests.simulation.plan import Plan, Turns

MOST_STEPS = 20_000


class ServerAway(ConnectionError):
    """The answer did not come: whether it was done, nobody here can tell."""


class _Later(Exception):
    """This op cannot happen yet; `park` has put it where it will be asked again."""


@dataclass(eq=False, slots=True)
class Process:
    """One life of one process; `on_death` gives back what its connections hold."""

    service: str
    name: str
    alive: bool = True
    tasks: list["asyncio.Task[Any]"] = field(default_factory=list)
    on_death: list[Callable[[], None]] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Op:
    """An exchange under way. One `on_the_wire` happens even when nobody waits for it any more."""

    process: Process | None
    kind: str
    label: str
    effect: Callable[[], Any]
    future: "asyncio.Future[Any]"
    on_the_wire: bool


CURRENT: ContextVar[Process | None] = ContextVar("process", default=None)


class World:
    """Runs until nothing is left to do."""

    def __init__(self, plan: Plan, *, telling: bool = False) -> None:
        self.plan = plan
        self.turns = Turns(plan)
        self.loop = Clockwork(self._adopt)
        self.pending: list[Op] = []
        self.faults: list[tuple[str, str, Callable[[Op], bool]]] = []
        self.failures: list[str] = []
        self.telling = telling
        self.story: list[str] = []
        self._parked: dict[str, list[Op]] = {}
        self._trace = hashlib.sha256()
        self._ids = 0

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return self.loop.time()

    def number(self) -> int:
        """The next number, for ids."""
        self._ids += 1
        return self._ids

    def tell(self, text: str) -> None:
        """Adds a line to the story, where one is wanted."""
        if self.telling:
            self.story.append(f"{self.now:8.1f}s  {text}")

    def op(
        self, kind: str, label: str, effect: Callable[[], Any], *, on_the_wire: bool = False
    ) -> "asyncio.Future[Any]":
        """Waits until the world lets `effect` happen; returns its result."""
        process = CURRENT.get()
        if process is not None and not process.alive:
            raise asyncio.CancelledError
        future = self.loop.create_future()
        self.pending.append(Op(process, kind, label, effect, future, on_the_wire))
        return future

    def park(self, place: str) -> _Later:
        """To be raised by an effect: ask again once `unpark` says so."""
        return _Later(place)

    def unpark(self, place: str) -> None:
        """Everybody who waits at this place asks again."""
        if waiting := self._parked.pop(place, None):
            self.pending += waiting

    def parked(self, place: str) -> Iterable[Op]:
        """Who waits at this place."""
        return self._parked.get(place, ())

    def spawn(self, process: Process, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Starts a task of a process; it and all its children die with the process."""
        context = copy_context()
        context.run(CURRENT.set, process)
        return context.run(self.loop.spawn, work, context)

    def kill(self, process: Process) -> None:
        """The process is gone, with all that it had in memory and had not committed."""
        process.alive = False
        for give_back in process.on_death:
            give_back()
        for op in [op for op in self.pending if op.process is process]:
            if not op.on_the_wire:
                self.pending.remove(op)
        for waiting in self._parked.values():
            waiting[:] = [op for op in waiting if op.process is not process]
        for task in process.tasks:
            task.cancel()
        process.tasks.clear()

    def step(self) -> bool:
        """Lets one exchange happen; False when none is under way."""
        self.loop.drain()
        if not self.pending:
            return False
        op = self.pending.pop(self.turns.pick(len(self.pending)))
        if op.future.cancelled() and not op.on_the_wire:
            return True
        for number, (service, kind, act) in enumerate(self.faults):
            if kind == op.kind and op.process is not None and op.process.service == service:
                del self.faults[number]
                if act(op):
                    return True
                break
        self.happen(op)
        return True

    def happen(self, op: Op, *, lost: bool = False) -> None:
        """The exchange takes place; when `lost`, nobody hears of it."""
        try:
            result = op.effect()
        except _Later as later:
            self._parked.setdefault(str(later), []).append(op)
            return
        except Exception as error:  # noqa: BLE001  it is the asker's, whatever it is
            self.answer(op, error)
            return
        self._trace.update(f"{self.now}{op.label}\n".encode())
        if lost:
            self.answer(op, ServerAway(op.label))
        elif not op.future.done():
            op.future.set_result(result)

    def answer(self, op: Op, error: Exception) -> None:
        """The exchange fails for who waits for it, if anybody still does."""
        if not op.future.done():
            op.future.set_exception(error)

    def digest(self) -> str:
        """What tells two runs apart."""
        return self._trace.hexdigest()

    def _adopt(self, task: "asyncio.Task[Any]") -> None:
        process = CURRENT.get()
        if process is not None:
            process.tasks.append(task)
            if not process.alive:
                task.cancel()
