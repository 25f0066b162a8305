"""One request on its way, and the clock that watches all of them.

A timer for each wait of each request would cost more than the rest of the edge, so each exchange
only notes by when something must happen, and one sweep ten times a second ends what is late.
"""

import asyncio
from time import perf_counter
from typing import Any, Protocol

from chassis.problems import ProblemType
from gateway.edge.problems import TIMED_OUT, Refusal
from gateway.edge.tracing import Trace
from gateway.identity.callers import Caller
from gateway.limits.policy import Policy

SWEEP_SECONDS = 0.1
# For the steps that have a time limit of their own: the token's keys, the limiter.
LONGEST_STEP_SECONDS = 10.0


class Interruptible(Protocol):
    """See `express.Ride`."""

    def interrupt(self) -> None:
        """The exchange is late."""


class Exchange:
    """What the steps of one request share. `deadline` is in the event loop's time, and so is
    `asked`: when the whole of the request was here."""

    __slots__ = (
        "asked",
        "body_taken",
        "caller",
        "cross_origin",
        "deadline",
        "gone",
        "host",
        "late",
        "late_problem",
        "limit_fields",
        "policy",
        "receive",
        "refusal",
        "request_id",
        "response_bytes",
        "ride",
        "scope",
        "send",
        "since",
        "started",
        "status",
        "task",
        "trace",
        "upstream",
        "watcher",
    )

    def __init__(
        self,
        scope: Any,
        receive: Any,
        send: Any,
        trace: Trace,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.trace = trace
        # The loop's clock ticks in milliseconds, which is enough for deadlines alone.
        self.since = perf_counter()
        started = self.started = self.asked = loop.time()
        # The task in which it waits, None while callbacks carry it.
        self.task: asyncio.Task[Any] | None = None
        self.deadline = started + LONGEST_STEP_SECONDS
        self.late_problem = TIMED_OUT
        self.caller: Caller | None = None
        self.request_id = trace.trace_id
        self.policy: Policy | None = None
        # Why its token is refused, once it was counted.
        self.refusal: Refusal | None = None
        self.limit_fields: list[tuple[bytes, bytes]] = []
        self.cross_origin: list[tuple[bytes, bytes]] = []
        self.upstream = ""
        self.host = b""
        self.status = 0
        self.response_bytes = 0
        self.body_taken = True
        self.late = self.gone = False
        self.watcher: asyncio.Task[None] | None = None
        # What callbacks carry it, on the short way.
        self.ride: Interruptible | None = None

    def allow(self, until: float, problem: ProblemType) -> None:
        """The wait that begins may last until then; `problem` answers one that lasts longer."""
        self.deadline = until
        self.late_problem = problem

    def await_answer(self, seconds: float) -> None:
        """The wait for an answer begins, or a second one: both together may last so long."""
        self.allow(self.asked + seconds, TIMED_OUT)

    def interrupt(self) -> None:
        """Wake the forwarder wherever it waits; it looks at `late` and `gone` to see why."""
        if self.task is not None:
            self.task.cancel()
        elif self.ride is not None:
            self.ride.interrupt()

    async def watch_client(self) -> None:
        """Interrupt the exchange as soon as the client goes away."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self.interrupt()

    def end(self) -> None:
        """The exchange is over; nobody watches it any more."""
        if self.watcher is not None:
            self.watcher.cancel()


class Exchanges:
    """All requests under way."""

    def __init__(self) -> None:
        self.active: set[Exchange] = set()
        self._loop = asyncio.get_running_loop()

    async def sweep_forever(self) -> None:
        """End what is late, and from the second sweep on watch for clients that leave."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep()

    def sweep(self) -> None:
        """One look at every exchange."""
        now = self._loop.time()
        for exchange in tuple(self.active):
            if now > exchange.deadline and not exchange.late:
                exchange.late = True
                exchange.interrupt()
            elif (
                exchange.watcher is None
                and exchange.task is not None
                and exchange.body_taken
                and now - exchange.started > SWEEP_SECONDS
            ):
                exchange.watcher = self._loop.create_task(exchange.watch_client())
