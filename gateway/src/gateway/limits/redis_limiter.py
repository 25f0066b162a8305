"""The exact count that all gateways share: GCRA in one Lua script, a batch of requests a call.

All requests that ask while a call is under way go together in the next one, so that a busy
gateway makes few large calls and an idle one answers at once. Used by `limiter.Limiter`.
"""

import asyncio
import struct
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chassis.logs import get_logger
from gateway.limits.policy import Policy
from gateway.limits.script_call import ScriptCall

LARGEST_BATCH = 256
AWAY_SECONDS = 1.0
ANSWER_SECONDS = 0.25

log = get_logger(__name__)


class LimiterAway(Exception):
    """Redis gave no answer in time."""


class RedisLimiter:
    """Counts in Redis; `up` is False for a second after a call that failed."""

    def __init__(self, redis: Redis, policies: Sequence[Policy]) -> None:
        self._call = ScriptCall(redis)
        self._table = b"".join(struct.pack(">QQ", p.interval_us, p.window_us) for p in policies)
        self._loop = asyncio.get_running_loop()
        self._keys: list[str] = []
        self._lines = bytearray()
        self._waiting: list[asyncio.Future[int]] = []
        self._sender: asyncio.Task[None] | None = None
        self._away_until = 0.0

    @property
    def up(self) -> bool:
        """Whether it is worth asking."""
        return self._loop.time() >= self._away_until

    def take(self, policy: Policy, key: str) -> asyncio.Future[int]:
        """Counts one request of `key`; as `LocalLimiter.take`, or raises LimiterAway."""
        future: asyncio.Future[int] = self._loop.create_future()
        self._keys.append(key)
        self._lines.append(policy.index + 1)
        self._waiting.append(future)
        if self._sender is None:
            self._sender = self._loop.create_task(self._send_all())
        return future

    async def close(self) -> None:
        """Let the calls under way end."""
        if self._sender is not None:
            await asyncio.wait([self._sender])
        await self._call.close()

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                await self._send_batch()
        finally:
            self._sender = None

    async def _send_batch(self) -> None:
        size = LARGEST_BATCH
        keys, self._keys = self._keys[:size], self._keys[size:]
        lines, self._lines = bytes(self._lines[:size]), self._lines[size:]
        waiting, self._waiting = self._waiting[:size], self._waiting[size:]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._call(keys, lines, self._table)
        except (RedisError, OSError, TimeoutError) as error:
            await self._call.close()
            self._fail(waiting, error)
            return
        for future, filled in zip(waiting, struct.unpack(f">{len(keys)}q", answer), strict=True):
            if not future.done():
                future.set_result(filled)

    def _fail(self, waiting: list[asyncio.Future[int]], error: Exception) -> None:
        if self.up:
            log.warning("limiter_away", error=type(error).__name__)
        self._away_until = self._loop.time() + AWAY_SECONDS
        # Those who came meanwhile shall not wait for another time limit.
        waiting += self._waiting
        self._keys, self._waiting, self._lines = [], [], bytearray()
        for future in waiting:
            if not future.done():
                future.set_exception(LimiterAway(type(error).__name__))
