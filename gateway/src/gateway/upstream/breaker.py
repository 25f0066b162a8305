"""The circuit breaker of one service: when most requests fail, nobody asks for a while.

Closed, everything passes. Open, everything is refused with the time to wait. Half-open, a few
probes pass, and what becomes of them closes or opens it again (Nygard, Release It!). Asked by
`cluster.py`. An answer 503 is no failure: a service that sheds load must not lose the rest of it.
"""

import math
from enum import IntEnum

from gateway.upstream.errors import CircuitOpen
from gateway.upstream.window import Window

LEAST_REQUESTS = 20
FAILED_SHARE = 0.5
FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 5.0
PROBES = 3


class State(IntEnum):
    """The number is the value of the metric."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """See the module; every `admit` is followed by `succeeded`, `failed` or `gave_up`."""

    def __init__(self, window: Window) -> None:
        self.state = State.CLOSED
        self.opened = 0
        self._window = window
        self._open_until = 0.0
        self._rest = FIRST_REST_SECONDS
        self._probing = self._proven = 0

    def admit(self, now: float) -> None:
        """Let a request pass; raises CircuitOpen when it may not."""
        if self.state is State.OPEN and now >= self._open_until:
            self.state = State.HALF_OPEN
            self._probing = self._proven = 0
        if self.state is State.OPEN:
            raise CircuitOpen(max(1, math.ceil(self._open_until - now)))
        if self.state is State.HALF_OPEN:
            if self._probing + self._proven >= PROBES:
                raise CircuitOpen(1)
            self._probing += 1

    def succeeded(self) -> None:
        """A request was answered; only probes matter here."""
        if self.state is State.HALF_OPEN:
            self._probing = max(0, self._probing - 1)
            self._proven += 1
            if self._proven >= PROBES:
                self.state = State.CLOSED
                self._rest = FIRST_REST_SECONDS
                self._window.forget()

    def failed(self, now: float) -> None:
        """A request failed; the window has counted it already."""
        if self.state is State.HALF_OPEN:
            self._rest = min(self._rest * 2, LONGEST_REST_SECONDS)
            self._open(now)
        elif self.state is State.CLOSED:
            requests, failures, _ = self._window.sums(now)
            if requests >= LEAST_REQUESTS and failures >= FAILED_SHARE * requests:
                self._open(now)

    def gave_up(self) -> None:
        """The client left before the service could show anything."""
        if self.state is State.HALF_OPEN:
            self._probing = max(0, self._probing - 1)

    def _open(self, now: float) -> None:
        self.state = State.OPEN
        self.opened += 1
        self._open_until = now + self._rest
