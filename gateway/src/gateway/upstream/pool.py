"""The connections of one replica: those at work, those kept alive, and the line in front of them.

`cluster.py` picks the replica and asks here for a connection; the forwarder gives it back. The
number of connections is bounded, so a slow service fills its line and not the gateway's memory.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.errors import Overloaded, Unreachable
from gateway.upstream.outliers import Standing

# Any kept connection will do, however long it rested.
ANY_REST = float("inf")


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """Connections a replica gets, requests that may wait for one, and times in seconds."""

    connections: int = 128
    waiting: int = 512
    connect_seconds: float = 2.0
    idle_seconds: float = 4.0


class ReplicaPool:
    """The connections to `host`:`port`; not thread-safe, it lives on one event loop."""

    def __init__(self, host: str, port: int, limits: PoolLimits) -> None:
        self.host = host
        self.port = port
        self.limits = limits
        self.in_flight = 0
        self.standing = Standing()
        self._loop = asyncio.get_running_loop()
        self._idle: list[UpstreamConnection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def idle(self) -> int:
        """Connections that are open and unused."""
        return len(self._idle)

    def take_idle(self, rest: float) -> UpstreamConnection | None:
        """A kept connection that rested `rest` seconds at most, without waiting; or None."""
        if self.in_flight >= self.limits.connections:
            return None
        connection = self._pop_idle(rest)
        if connection is not None:
            self.in_flight += 1
        return connection

    async def acquire(self, rest: float) -> UpstreamConnection:
        """A kept connection (see `take_idle`) or a new one; waits in line when all are busy.

        Raises Overloaded when the line is full and Unreachable when no connection can be made.
        The caller bounds the wait by cancelling.
        """
        if self.in_flight >= self.limits.connections:
            await self._stand_in_line()
        else:
            self.in_flight += 1
        try:
            return self._pop_idle(rest) or await self._connect()
        except BaseException:
            self._leave()
            raise

    def release(self, connection: UpstreamConnection) -> None:
        """Take a connection back after its exchange; one that cannot carry another is closed."""
        if connection.reusable:
            connection.busy = False
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
        else:
            connection.close()
        self._leave()

    def close_stale(self) -> None:
        """Close connections that rested too long; called now and then by the owner of the loop."""
        oldest = self._loop.time() - self.limits.idle_seconds
        kept = []
        for connection in self._idle:
            if connection.usable and connection.idle_since > oldest:
                kept.append(connection)
            else:
                connection.close()
        self._idle = kept

    def close(self) -> None:
        """Close every idle connection."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _pop_idle(self, rest: float) -> UpstreamConnection | None:
        idle = self._idle
        while idle:
            if rest < ANY_REST and self._loop.time() - idle[-1].idle_since > rest:
                return None
            connection = idle.pop()
            if connection.usable:
                return connection
        return None

    async def _connect(self) -> UpstreamConnection:
        try:
            async with asyncio.timeout(self.limits.connect_seconds):
                _, connection = await self._loop.create_connection(
                    lambda: UpstreamConnection(self._loop), self.host, self.port
                )
        except TimeoutError as error:
            raise Unreachable(f"no connection in {self.limits.connect_seconds:g} s") from error
        except OSError as error:
            raise Unreachable(error.strerror or str(error)) from error
        return connection

    async def _stand_in_line(self) -> None:
        """Wait until somebody who leaves hands over the place among the busy ones."""
        if len(self._waiting) >= self.limits.waiting:
            raise Overloaded("every connection is busy")
        place: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(place)
        try:
            await place
        except BaseException:
            if place.done() and not place.cancelled():
                self._leave()
            elif place in self._waiting:
                self._waiting.remove(place)
            raise

    def _leave(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.in_flight -= 1
