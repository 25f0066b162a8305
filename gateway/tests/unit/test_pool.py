"""The pool of one replica: its bound, its line, and which connections it gives away."""

import asyncio
from typing import Any, cast

import pytest

from gateway.upstream.cluster import Cluster
from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.errors import Overloaded, Unreachable
from gateway.upstream.pool import PoolLimits, ReplicaPool

ANY = float("inf")


class Silent:
    """A transport that swallows everything."""

    def write(self, data: bytes) -> None: ...

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None: ...


class MemoryPool(ReplicaPool):
    """Connects to nothing; `refuses` makes it fail."""

    refuses = False
    made = 0

    async def _connect(self) -> UpstreamConnection:
        await asyncio.sleep(0)
        if self.refuses:
            raise Unreachable("refused")
        self.made += 1
        connection = UpstreamConnection(self._loop)
        connection.connection_made(cast(Any, Silent()))
        return connection


def pool(connections: int = 2, waiting: int = 2) -> MemoryPool:
    return MemoryPool("h", 1, PoolLimits(connections=connections, waiting=waiting))


def finish(connection: UpstreamConnection) -> None:
    connection.begin(b"x", is_head_request=False)
    connection.data_received(b"HTTP/1.1 204 No\r\n\r\n")


async def test_the_connection_used_last_is_used_next() -> None:
    kept = pool()
    first, second = await kept.acquire(ANY), await kept.acquire(ANY)
    for connection in (first, second):
        finish(connection)
        kept.release(connection)
    assert kept.take_idle(ANY) is second
    assert kept.take_idle(ANY) is first
    assert (kept.made, kept.in_flight, kept.idle) == (2, 2, 0)


async def test_a_place_is_handed_to_whoever_waited_longest() -> None:
    busy = pool(connections=1)
    held = await busy.acquire(ANY)
    waiting = [asyncio.create_task(busy.acquire(ANY)) for _ in range(2)]
    await asyncio.sleep(0)
    finish(held)
    busy.release(held)
    assert busy.take_idle(ANY) is None  # Nobody overtakes the line.
    assert await waiting[0] is held
    assert not waiting[1].done()
    finish(held)
    busy.release(held)
    assert await waiting[1] is held
    assert (busy.in_flight, busy.made) == (1, 1)


async def test_a_full_line_is_told_at_once() -> None:
    busy = pool(connections=1, waiting=0)
    await busy.acquire(ANY)
    with pytest.raises(Overloaded):
        await busy.acquire(ANY)


async def test_who_leaves_the_line_leaves_no_hole() -> None:
    busy = pool(connections=1)
    held = await busy.acquire(ANY)
    first, second = (asyncio.create_task(busy.acquire(ANY)) for _ in range(2))
    await asyncio.sleep(0)
    finish(held)
    busy.release(held)
    first.cancel()  # At the moment at which the place was handed over.
    assert await second is held
    assert busy.in_flight == 1


async def test_who_left_the_line_takes_no_room_in_it() -> None:
    busy = pool(connections=1, waiting=1)
    held = await busy.acquire(ANY)
    gone = asyncio.create_task(busy.acquire(ANY))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    waiting = asyncio.create_task(busy.acquire(ANY))
    await asyncio.sleep(0)
    finish(held)
    busy.release(held)
    assert await waiting is held


async def test_a_failed_connection_gives_its_place_back() -> None:
    broken = pool()
    broken.refuses = True
    for _ in range(5):
        with pytest.raises(Unreachable):
            await broken.acquire(ANY)
    assert broken.in_flight == 0


async def test_an_unfinished_connection_is_not_kept() -> None:
    kept = pool()
    connection = await kept.acquire(ANY)
    connection.begin(b"x", is_head_request=False)
    kept.release(connection)
    assert (kept.idle, connection.closed) == (0, True)


async def test_connections_that_rest_too_long_are_closed() -> None:
    kept = MemoryPool("h", 1, PoolLimits(idle_seconds=0.0))
    connection = await kept.acquire(ANY)
    finish(connection)
    kept.release(connection)
    kept.close_stale()
    assert (kept.idle, connection.closed) == (0, True)


async def test_a_replica_that_refused_is_skipped_and_tried_when_all_did() -> None:
    cluster = Cluster("orders", ["http://a:1", "http://b:2"], PoolLimits())
    broken, good = pool(9), pool(9)
    broken.refuses = True
    cluster.replicas = [broken, good]
    for _ in range(4):
        replica, _ = await cluster.acquire(cluster.next(), ANY)
        assert replica is good
    good.refuses = True
    with pytest.raises(Unreachable):
        await cluster.acquire(cluster.next(), ANY)
    broken.refuses = False
    replica, _ = await cluster.acquire(cluster.next(), ANY)
    assert replica is broken


@pytest.mark.parametrize("url", ["https://a:1", "a:1", "http://"])
async def test_an_upstream_is_an_address_over_http(url: str) -> None:
    with pytest.raises(ValueError, match="http://host:port"):
        Cluster("orders", [url], PoolLimits())
