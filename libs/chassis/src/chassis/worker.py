"""Components that work through rows of the database: timers, senders, calls to providers.

A worker calls its step until nothing is left, then sleeps until a NOTIFY wakes it or its poll is
due. All workers of a process share one listening connection.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import asyncpg

from chassis.infrastructure import is_infrastructure
from chassis.logs import get_logger

_RETRY_SECONDS = 1.0

log = get_logger(__name__)


class Signal(Protocol):
    """What a worker waits for: an `asyncio.Event`, or a `Bell`."""

    async def wait(self) -> object: ...

    def clear(self) -> None: ...


class Bell:
    """Wakes one of those who wait, where an event would wake them all to find nothing left."""

    def __init__(self) -> None:
        self._ring: asyncio.Queue[None] = asyncio.Queue(1)

    def ring(self) -> None:
        """Wakes one worker; when all are busy, the next that would wait looks once more."""
        with suppress(asyncio.QueueFull):
            self._ring.put_nowait(None)

    async def wait(self) -> None:
        """Waits for a ring, and takes it."""
        await self._ring.get()

    def clear(self) -> None:
        """Takes a ring that nobody waited for: who calls this is about to look."""
        with suppress(asyncio.QueueEmpty):
            self._ring.get_nowait()


class Wakeup:
    """Turns PostgreSQL's notifications into asyncio events and callbacks."""

    def __init__(self, dsn: str, *, name: str = "wakeup") -> None:
        self.name = name
        self._dsn = dsn
        self._callbacks: dict[str, list[Callable[[str], None]]] = defaultdict(list)
        self._stopped = asyncio.Event()

    def on(self, channel: str, callback: Callable[[str], None]) -> None:
        """Calls back with each payload, and with "" after a reconnection. Before `run` only."""
        self._callbacks[channel].append(callback)

    def event(self, channel: str) -> asyncio.Event:
        """Returns an event that is set whenever the channel is notified."""
        event = asyncio.Event()
        self.on(channel, lambda _payload: event.set())
        return event

    def bell(self, channel: str) -> Bell:
        """Returns a bell for workers that share the work, rung whenever the channel is notified."""
        bell = Bell()
        self.on(channel, lambda _payload: bell.ring())
        return bell

    async def run(self) -> None:
        """Listens until stopped, and connects again when the connection is lost."""
        while not self._stopped.is_set():
            try:
                await self._listen()
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                log.warning("wakeup_interrupted", wakeup=self.name, error=repr(error))
                await _sleep(self._stopped, _RETRY_SECONDS)

    async def stop(self) -> None:
        """Stops listening."""
        self._stopped.set()

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=5)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        try:
            for channel in self._callbacks:
                await connection.add_listener(channel, self._notified)
            for channel in self._callbacks:
                self._notified(connection, 0, channel, "")
            await _first(lost, self._stopped)
        finally:
            await connection.close(timeout=2)

    def _notified(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        for callback in self._callbacks[channel]:
            callback(str(payload))


class Worker:
    """Calls `step` while it returns True; then waits for `wake`, or `poll_seconds` at most."""

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[bool]],
        *,
        poll_seconds: float,
        wake: Signal | None = None,
    ) -> None:
        self.name = name
        self._step = step
        self._poll_seconds = poll_seconds
        self._wake: Signal = wake or asyncio.Event()
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Works until stopped; errors of the infrastructure are waited out."""
        while not self._stopped.is_set():
            self._wake.clear()
            if not await self._try_step():
                await _first(self._wake, self._stopped, timeout=self._poll_seconds)

    async def stop(self) -> None:
        """Lets the step under way end, then ends."""
        self._stopped.set()

    async def _try_step(self) -> bool:
        try:
            return await self._step()
        except Exception as error:
            if not is_infrastructure(error):
                raise
            log.warning("worker_interrupted", worker=self.name, error=repr(error))
            await _sleep(self._stopped, _RETRY_SECONDS)
            return True


async def _sleep(stopped: asyncio.Event, seconds: float) -> None:
    await _first(stopped, timeout=seconds)


async def _first(*events: Signal, timeout: float | None = None) -> None:  # noqa: ASYNC109
    """Returns when one of the events is set, or after `timeout` seconds."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
