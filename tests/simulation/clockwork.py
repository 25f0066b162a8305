"""An asyncio event loop without a clock and without IO: time passes only when the world says so.

What is ready runs in the order in which it became ready, as in any loop. `world.py` drives it: it
decides which exchange with a server ends next, and when the next timer is due.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any


class Clockwork:
    """As much of a loop as tasks, futures and time-outs need. To them it is `itself`."""

    def __init__(self, adopt: Callable[["asyncio.Task[Any]"], None]) -> None:
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self._now = 0.0
        self._adopt = adopt
        self.itself: Any = self
        self.complaints: list[str] = []

    def time(self) -> float:
        """Seconds since the run began."""
        return self._now

    def drain(self) -> None:
        """Runs all that is ready, and what becomes ready by it."""
        ready = self._ready
        while ready:
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

    def to_next_timer(self) -> bool:
        """Moves the time on to the next timer; False when there is none."""
        while self._timers:
            when, _, handle = heapq.heappop(self._timers)
            if not handle.cancelled():
                self._now = max(self._now, when)
                self._ready.append(handle)
                return True
        return False

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self.itself, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self.itself, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over when its time comes."""

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self.itself)

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Context | None = None
    ) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self.itself, name=name, context=context)
        self._adopt(task)
        return task

    def run(self, drive: Callable[[], None]) -> None:
        """Calls `drive` as the running loop."""
        asyncio.events._set_running_loop(self.itself)
        try:
            drive()
        finally:
            asyncio.events._set_running_loop(None)

    def spawn(self, coroutine: Coroutine[Any, Any, Any], context: Context) -> "asyncio.Task[Any]":
        """Starts a task in a context of its own."""
        return self.create_task(coroutine, context=context)

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.complaints.append(f"{context.get('message')}: {context.get('exception')!r}")
