"""All replicas of one service: the choice between them, and what is asked of none of them.

The replica with the fewest requests under way gets the next one, and equally busy ones take turns.
The breaker, the outliers and the retry budget have a module each. Callers are in `edge/`.
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from gateway.upstream import outliers
from gateway.upstream.breaker import Breaker
from gateway.upstream.budget import RetryBudget
from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.errors import Unreachable
from gateway.upstream.pool import PoolLimits, ReplicaPool
from gateway.upstream.window import Window

# The statuses in which a proxy says that what is behind it failed.
_FAILURES = frozenset({0, 502, 504})


class Cluster:
    """The replicas of the service called `name`."""

    def __init__(self, name: str, urls: Sequence[str], limits: PoolLimits) -> None:
        self.name = name
        self.replicas = [_pool(url, limits) for url in urls]
        self._loop = asyncio.get_running_loop()
        self._turn = 0
        self._window = Window()
        self.breaker = Breaker(self._window)
        self.budget = RetryBudget(self._window)

    def admit(self) -> None:
        """Begin one request, which `answered` or `gave_up` ends; raises CircuitOpen."""
        now = self._loop.time()
        self.breaker.admit(now)
        self._window.request(now)

    def admit_again(self) -> None:
        """As `admit`, for the second try of a request that was counted before."""
        self.breaker.admit(self._loop.time())

    def answered(self, replica: ReplicaPool, status: int) -> None:
        """Judge service and replica by an answer; `status` is 0 where there was none."""
        now = self._loop.time()
        if status >= 500 or not status:
            self._failed(replica, now)
        else:
            replica.standing.answered(now)
        if status in _FAILURES:
            self._window.failure(now)
            self.breaker.failed(now)
        elif self.breaker.state:
            self.breaker.succeeded()

    def passed_over(self, replica: ReplicaPool) -> None:
        """Judge a replica that could not serve; what another says instead judges the service."""
        self._failed(replica, self._loop.time())
        self.breaker.gave_up()

    def unreachable(self) -> None:
        """Judge the service when no replica accepted a connection."""
        now = self._loop.time()
        self._window.failure(now)
        self.breaker.failed(now)

    def may_retry(self) -> bool:
        """Whether one more request may be sent a second time; counts it."""
        return self.budget.take(self._loop.time())

    def next(self, avoid: ReplicaPool | None = None) -> ReplicaPool:
        """The replica that the next request should go to, another than `avoid` where possible."""
        if len(self.replicas) == 1:
            return self.replicas[0]
        return self._choose(set() if avoid is None else {avoid})

    async def acquire(
        self, replica: ReplicaPool, rest: float
    ) -> tuple[ReplicaPool, UpstreamConnection]:
        """A connection of this replica, or of another where it accepts none; each is tried once.

        Raises Unreachable when none accepts, Overloaded when the line of the chosen one is full.
        """
        tried: set[ReplicaPool] = set()
        while True:
            try:
                connection = await replica.acquire(rest)
            except Unreachable:
                replica.standing.refused(self._loop.time())
                tried.add(replica)
                if len(tried) == len(self.replicas):
                    raise
                replica = self._choose(tried)
            else:
                replica.standing.accepted()
                return replica, connection

    def is_away(self, replica: ReplicaPool) -> bool:
        """Whether a replica is left out just now."""
        return replica.standing.away_until > self._loop.time()

    def close_stale(self) -> None:
        """Close connections that rested too long, in every replica."""
        for replica in self.replicas:
            replica.close_stale()

    def close(self) -> None:
        """Close every idle connection of every replica."""
        for replica in self.replicas:
            replica.close()

    def _failed(self, replica: ReplicaPool, now: float) -> None:
        others = [other.standing for other in self.replicas if other is not replica]
        outliers.failed(replica.standing, others, now)

    def _choose(self, tried: set[ReplicaPool]) -> ReplicaPool:
        """The least busy replica that is up; when none is up, the one that failed longest ago."""
        now = self._loop.time()
        if not tried:
            self._turn += 1
        count = len(self.replicas)
        turns = [self.replicas[(self._turn + i) % count] for i in range(count)]
        left = [replica for replica in turns if replica not in tried]
        up = [replica for replica in left if replica.standing.away_until <= now]
        if up:
            return min(up, key=lambda replica: replica.in_flight)
        return min(left, key=lambda replica: replica.standing.away_until)


def _pool(url: str, limits: PoolLimits) -> ReplicaPool:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        raise ValueError(f"an upstream is http://host:port, not {url!r}")
    return ReplicaPool(parts.hostname, parts.port or 80, limits)
