"""Everybody who follows an order in this process, on one connection to Redis.

The component hears of every step and hands it to those who follow that order. What it may have
missed, because the connection was away or a listener slow, a listener reads from the stream.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chassis.infrastructure import is_infrastructure
from chassis.logs import get_logger
from notifications.adapters.order_feed import CHANNEL, read_step
from notifications.application.follow_order import Signal
from notifications.domain.errors import TooManyStreams, UpdatesUnavailable
from notifications.domain.order_update import OrderUpdate

MOST_FOR_ONE = 6
_WAITING = 50
_TICK_SECONDS = 0.5

log = get_logger(__name__)


class QueueListener:
    """Implements `application.follow_order.Listener`."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[OrderUpdate | Signal] = asyncio.Queue()

    def tell(self, news: OrderUpdate | Signal) -> None:
        """Who is too slow for so much is told to read it again instead."""
        if self._queue.qsize() >= _WAITING:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(Signal.RESYNC)
        self._queue.put_nowait(news)

    async def next(self, seconds: float) -> OrderUpdate | Signal | None:
        """Returns None when nothing came in that time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._queue.get()
        except TimeoutError:
            return None


class UpdateHub:
    """A component; `stopping` says when the process drains, `most` how many may listen."""

    name = "notifications-updates-hub"

    def __init__(self, redis: "Redis", stopping: Callable[[], bool], *, most: int) -> None:
        self._redis: Any = redis
        self._stopping = stopping
        self._most = most
        self._listeners: dict[UUID, set[QueueListener]] = defaultdict(set)
        self._of: Counter[str] = Counter()
        self._stopped = asyncio.Event()
        self.following = False

    @contextmanager
    def listen(self, order_id: UUID, caller: str) -> Iterator[QueueListener]:
        """Gives a listener. Raises UpdatesUnavailable and TooManyStreams."""
        if not self.following or self._of.total() >= self._most:
            raise UpdatesUnavailable
        if self._of[caller] >= MOST_FOR_ONE:
            raise TooManyStreams(MOST_FOR_ONE)
        listener = QueueListener()
        self._listeners[order_id].add(listener)
        self._of[caller] += 1
        try:
            yield listener
        finally:
            self._of[caller] -= 1
            self._of += Counter()
            self._listeners[order_id].discard(listener)
            if not self._listeners[order_id]:
                del self._listeners[order_id]

    async def run(self) -> None:
        """Hears until stopped; a Redis that is away is waited for."""
        while not self._stopped.is_set():
            try:
                await self._hear()
            except (RedisError, OSError, RuntimeError) as error:
                if not is_infrastructure(error):
                    raise
                log.warning("updates_interrupted", error=repr(error))
            if self.following:
                self.following = False
                self._tell_all(Signal.END if self._over() else Signal.LOST)
            if self._over():
                await self._stopped.wait()
            else:
                await asyncio.sleep(_TICK_SECONDS)

    async def stop(self) -> None:
        """Ends, with every stream."""
        self._stopped.set()

    async def _hear(self) -> None:
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            self.following = True
            self._tell_all(Signal.RESYNC)
            while not self._over():
                message = await _next(subscription)
                if message is not None and message["type"] == "message":
                    update = read_step(message["data"])
                    for listener in self._listeners.get(update.order_id, ()):
                        listener.tell(update)

    def _over(self) -> bool:
        return self._stopping() or self._stopped.is_set()

    def _tell_all(self, signal: Signal) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.tell(signal)


async def _next(subscription: Any) -> dict[str, Any] | None:
    """Returns what comes next, or None after a tick. Raises ConnectionError.

    When the kernel gives a connection up (ETIMEDOUT), redis-py takes that for the end of its own
    wait: it would return None at once, again and again, and let nothing else of the process run.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    message: dict[str, Any] | None = await subscription.get_message(timeout=_TICK_SECONDS)
    if message is None and loop.time() - began < _TICK_SECONDS / 2:
        raise ConnectionError("the connection to Redis timed out")
    return message
