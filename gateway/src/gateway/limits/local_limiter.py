"""The count in this process alone, for the time that Redis is away.

The same algorithm as `gcra.lua`, so that a client sees the same fields; each gateway counts for
itself then. Used by `limiter.Limiter`.
"""

import time
from collections.abc import Callable

from gateway.limits.policy import Policy

MOST_KEYS = 20_000


class LocalLimiter:
    """GCRA in a dictionary of at most `MOST_KEYS` clients; `clock` gives microseconds."""

    def __init__(self, clock: Callable[[], int] = lambda: time.monotonic_ns() // 1000) -> None:
        self._clock = clock
        self._arrivals: dict[str, int] = {}

    def take(self, policy: Policy, key: str) -> int:
        """Microseconds that the window is filled with, or minus the time to wait."""
        now = self._clock()
        arrival = max(self._arrivals.get(key, now), now)
        filled = arrival + policy.interval_us - now
        if filled > policy.window_us:
            return policy.window_us - filled
        if key not in self._arrivals and len(self._arrivals) >= MOST_KEYS:
            self._make_room(now)
        self._arrivals[key] = now + filled
        return filled

    def _make_room(self, now: int) -> None:
        """Forget who has a full quota anyway, and if that is not enough, the oldest half."""
        self._arrivals = {key: at for key, at in self._arrivals.items() if at > now}
        if len(self._arrivals) >= MOST_KEYS:
            kept = list(self._arrivals.items())[MOST_KEYS // 2 :]
            self._arrivals = dict(kept)
