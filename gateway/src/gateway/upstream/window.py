"""Counts over the last seconds: what the breaker and the retry budget of a service decide by.

A ring of whole seconds, so that counting a request costs one addition. Used by `cluster.py`.
"""

SECONDS = 10


class Window:
    """Requests, failures and retries of the last ten seconds; `now` is the loop's time."""

    __slots__ = ("_ring", "_second", "_slot")

    def __init__(self) -> None:
        self._ring = [[0, 0, 0, 0] for _ in range(SECONDS)]
        self.forget()

    def request(self, now: float) -> None:
        """Count a request that is about to be sent for the first time."""
        self._at(now)[1] += 1

    def failure(self, now: float) -> None:
        """Count a request that got no answer, or a bad one."""
        self._at(now)[2] += 1

    def retry(self, now: float) -> None:
        """Count a request that is sent once more."""
        self._at(now)[3] += 1

    def sums(self, now: float) -> tuple[int, int, int]:
        """Requests, failures and retries."""
        oldest = int(now) - SECONDS
        current = [slot for slot in self._ring if slot[0] > oldest]
        requests, failures, retries = (sum(slot[i] for slot in current) for i in (1, 2, 3))
        return requests, failures, retries

    def forget(self) -> None:
        """Begin anew, as if nothing had happened."""
        for slot in self._ring:
            slot[:] = (-SECONDS, 0, 0, 0)
        self._second = -SECONDS
        self._slot = self._ring[0]

    def _at(self, now: float) -> list[int]:
        second = int(now)
        if second != self._second:
            self._second = second
            self._slot = self._ring[second % SECONDS]
            self._slot[:] = (second, 0, 0, 0)
        return self._slot
