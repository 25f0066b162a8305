"""How many requests to a service may be sent a second time, so that retries cannot pile up.

A fifth of the requests of the last ten seconds, as Finagle and Envoy have it, and a few in any
case so that a quiet service's are repeated too. Asked by `cluster.py`.
"""

from gateway.upstream.window import Window

SHARE = 0.2
ALWAYS = 10


class RetryBudget:
    """Of one service; `retried` and `refused` count for its metrics."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.retried = 0
        self.refused = 0

    def take(self, now: float) -> bool:
        """Whether one more retry is within the budget; counts it when it is."""
        requests, _, retries = self._window.sums(now)
        if retries + 1 > ALWAYS + SHARE * requests:
            self.refused += 1
            return False
        self._window.retry(now)
        self.retried += 1
        return True
