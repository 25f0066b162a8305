"""The exact count that all gateways share: GCRA in one Lua script, a batch of requests a call.

All requests that ask while a call is under way go together in the next one, so that a busy
gateway makes few large calls and an idle one answers at once. Used by `limiter.Limiter`.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chassis.logs import get_logger
from gateway.limits.policy import Policy
from gateway.limits.script_link import ScriptLink

LARGEST_BATCH = 256
AWAY_SECONDS = 1.0
ANSWER_SECONDS = 0.25
# For those who are turned away unless they are counted.
PATIENCE_SECONDS = 2.0

# Takes the microseconds that the window is filled with (minus the time to wait when refused), or
# None when Redis gave no answer.
Counted = Callable[[int | None], None]

log = get_logger(__name__)


class RedisLimiter:
    """Counts in Redis; `up` is False for a second after a call that failed.

    `patience` is in seconds: what takes longer to connect or to answer has failed.
    """

    def __init__(
        self, redis: Redis, policies: Sequence[Policy], *, patience: float = ANSWER_SECONDS
    ) -> None:
        self._redis = redis
        self._patience = patience
        self._table = b"".join(struct.pack(">QQ", p.interval_us, p.window_us) for p in policies)
        self._loop = asyncio.get_running_loop()
        self._keys: list[str] = []
        self._lines = bytearray()
        self._waiting: list[Counted] = []
        self._asked: list[Counted] = []
        self._link: ScriptLink | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._about_to_send = False
        # Whether it is worth asking.
        self.up = True

    def ask(self, policy: Policy, key: str, counted: Counted) -> None:
        """Count one request of `key`, and tell `counted` later on."""
        self._keys.append(key)
        self._lines.append(policy.index + 1)
        self._waiting.append(counted)
        if not self._asked and not self._about_to_send and self._connecting is None:
            # Whatever else this turn of the loop brings goes with it.
            self._about_to_send = True
            self._loop.call_soon(self._send)

    async def close(self) -> None:
        """Drop the connection; who waits is told that nobody answered."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        self._fail(ConnectionAbortedError("the gateway stops"))

    def _send(self) -> None:
        """Send the next batch, over a new connection where there is none."""
        self._about_to_send = False
        if not self._waiting:
            return
        link = self._link
        if link is None or link.closed:
            self._connecting = self._loop.create_task(self._connect())
            return
        size = LARGEST_BATCH
        keys, self._keys = self._keys[:size], self._keys[size:]
        lines, self._lines = bytes(self._lines[:size]), self._lines[size:]
        self._asked, self._waiting = self._waiting[:size], self._waiting[size:]
        self._limit = self._loop.call_later(self._patience, self._fail, TimeoutError())
        link.call(keys, lines, self._table)

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                self._link = await ScriptLink.open(self._redis, self._answered)
        except (RedisError, OSError, TimeoutError) as error:
            self._connecting = None
            self._fail(error)
        else:
            self._connecting = None
            if self._waiting:
                self._send()
        finally:
            self._connecting = None

    def _answered(self, answer: bytes | Exception) -> None:
        if not isinstance(answer, bytes):
            self._fail(answer)
            return
        if self._limit is not None:
            self._limit.cancel()
        asked, self._asked = self._asked, []
        for counted, filled in zip(asked, struct.unpack(f">{len(asked)}q", answer), strict=True):
            counted(filled)
        if self._waiting and not self._asked and not self._about_to_send:
            self._send()

    def _fail(self, error: Exception) -> None:
        """Tell all who wait; those who came meanwhile shall not wait for another time limit."""
        if self._limit is not None:
            self._limit.cancel()
        if self._link is not None:
            self._link.close()
            self._link = None
        waiting = self._asked + self._waiting
        if not waiting:
            return
        if self.up:
            log.warning("limiter_away", error=type(error).__name__)
        self.up = False
        self._loop.call_later(AWAY_SECONDS, self._try_again)
        self._keys, self._waiting, self._asked, self._lines = [], [], [], bytearray()
        for counted in waiting:
            counted(None)

    def _try_again(self) -> None:
        self.up = True
