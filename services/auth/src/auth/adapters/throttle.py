"""Counts tries in Redis by the generic cell rate algorithm (GCRA, ITU-T I.371), in one script.

All limits of one try are weighed and counted together, before the costly work, so that guesses
sent at once cannot slip through between them. Redis away: its error climbs and becomes a 503.
"""

from redis.asyncio import Redis

from auth.domain.errors import Throttled
from auth.domain.throttling import Try

# A key holds the theoretical arrival time in microseconds. Each limit has two arguments: the
# emission interval and the tolerance (interval * burst). The time is the server's own, so that
# replicas need not agree on one. Returns 0, or how long to wait.
_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local next = {}
local wait = 0
for i, key in ipairs(KEYS) do
  local interval, tolerance = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local arrival = math.max(tonumber(redis.call('GET', key) or '0'), now)
  next[i] = arrival + interval
  wait = math.max(wait, next[i] - tolerance - now)
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', next[i]), 'PXAT', math.ceil(next[i] / 1000))
end
return 0
"""
_GIVE_BACK = """
for i, key in ipairs(KEYS) do
  local arrival = redis.call('GET', key)
  if arrival then
    local earlier = tonumber(arrival) - tonumber(ARGV[2 * i - 1])
    redis.call('SET', key, string.format('%.0f', earlier), 'PXAT', math.ceil(earlier / 1000))
  end
end
return 0
"""


class RedisThrottle:
    """Implements domain.account_ports.Throttle."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._give_back = redis.register_script(_GIVE_BACK)

    async def take(self, *tries: Try) -> None:
        """Raises Throttled with the seconds to wait; then nothing is counted."""
        wait = int(await self._take(keys=_keys(tries), args=_arguments(tries)))
        if wait > 0:
            raise Throttled(-(-wait // 1_000_000))

    async def give_back(self, *tries: Try) -> None:
        """A try that turned out right is no guess, and costs its address nothing."""
        await self._give_back(keys=_keys(tries), args=_arguments(tries))

    async def forgive(self, *tries: Try) -> None:
        """Starts anew."""
        await self._redis.delete(*_keys(tries))


def _keys(tries: tuple[Try, ...]) -> list[str]:
    return [f"auth:tries:{item.limit.name}:{item.key}" for item in tries]


def _arguments(tries: tuple[Try, ...]) -> list[int]:
    arguments = []
    for item in tries:
        interval = int(item.limit.seconds * 1_000_000)
        arguments += [interval, interval * item.limit.burst]
    return arguments
