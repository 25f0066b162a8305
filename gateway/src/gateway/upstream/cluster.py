"""All replicas of one service, and the choice between them.

The least busy replica gets the next request, and equally busy ones take turns. A replica that
refused a connection is skipped for a few seconds. The forwarder is the only caller.
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.errors import Unreachable
from gateway.upstream.pool import PoolLimits, ReplicaPool

SKIP_SECONDS = 3.0


class Cluster:
    """The replicas of the service called `name`."""

    def __init__(self, name: str, urls: Sequence[str], limits: PoolLimits) -> None:
        self.name = name
        self.replicas = [_pool(url, limits) for url in urls]
        self._loop = asyncio.get_running_loop()
        self._turn = 0

    def next(self) -> ReplicaPool:
        """The replica that the next request should go to."""
        return self.replicas[0] if len(self.replicas) == 1 else self._choose(set())

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
                replica.down_until = self._loop.time() + SKIP_SECONDS
                tried.add(replica)
                if len(tried) == len(self.replicas):
                    raise
                replica = self._choose(tried)
            else:
                replica.down_until = 0.0
                return replica, connection

    def close_stale(self) -> None:
        """Close connections that rested too long, in every replica."""
        for replica in self.replicas:
            replica.close_stale()

    def close(self) -> None:
        """Close every idle connection of every replica."""
        for replica in self.replicas:
            replica.close()

    def _choose(self, tried: set[ReplicaPool]) -> ReplicaPool:
        """The least busy replica that is up; when none is up, the one that failed longest ago."""
        now = self._loop.time()
        self._turn += 1
        count = len(self.replicas)
        turns = [self.replicas[(self._turn + i) % count] for i in range(count)]
        left = [replica for replica in turns if replica not in tried]
        up = [replica for replica in left if replica.down_until <= now]
        if up:
            return min(up, key=lambda replica: replica.in_flight)
        return min(left, key=lambda replica: replica.down_until)


def _pool(url: str, limits: PoolLimits) -> ReplicaPool:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        raise ValueError(f"an upstream is http://host:port, not {url!r}")
    return ReplicaPool(parts.hostname, parts.port or 80, limits)
