"""Both counts give the same answers: the script in Valkey and the one in process."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from gateway.limits.local_limiter import LocalLimiter
from gateway.limits.policy import Policy, PolicyTable
from gateway.limits.redis_limiter import RedisLimiter

TABLE = PolicyTable({"read": {"anonymous": "5/60", "customer": "1/10"}})
CLOSE_ENOUGH = 2_000_000  # The real clock runs between two questions; microseconds.


class Local:
    """The one in process."""

    def __init__(self) -> None:
        self.limiter = LocalLimiter()

    async def take(self, policy: Policy, key: str) -> int:
        return self.limiter.take(policy, key)


class Shared:
    """The one in Valkey, which answers by calling."""

    def __init__(self, redis: Redis) -> None:
        self.limiter = RedisLimiter(redis, TABLE.policies)

    async def take(self, policy: Policy, key: str) -> int:
        filled: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self.limiter.ask(policy, key, filled.set_result)
        counted = await filled
        assert counted is not None
        return counted


@pytest.fixture(params=["redis", "local"])
async def counter(request: pytest.FixtureRequest, valkey: Any) -> Any:
    if request.param == "local":
        yield Local()
        return
    redis = Redis.from_url(valkey.url)
    shared = Shared(redis)
    yield shared
    await shared.limiter.close()
    await redis.aclose()


async def test_the_window_fills_up_and_refuses(counter: Any) -> None:
    policy = TABLE.find("GET", "/", "anonymous")
    filled = [await counter.take(policy, "a") for _ in range(7)]
    expected = [12e6, 24e6, 36e6, 48e6, 60e6, -12e6, -12e6]
    for got, wanted in zip(filled, expected, strict=True):
        assert got == pytest.approx(wanted, abs=CLOSE_ENOUGH)


async def test_keys_and_policies_do_not_mix(counter: Any) -> None:
    first, second = (TABLE.find("GET", "/", kind) for kind in ("anonymous", "customer"))
    assert await counter.take(first, "a") > 0
    assert await counter.take(second, "b") == pytest.approx(10e6, abs=CLOSE_ENOUGH)
    assert await counter.take(second, "b") < 0
    assert await counter.take(first, "c") == pytest.approx(12e6, abs=CLOSE_ENOUGH)


async def test_keys_vanish_when_their_quota_is_whole_again(valkey: Any) -> None:
    redis = Redis.from_url(valkey.url)
    shared = Shared(redis)
    await shared.take(TABLE.find("GET", "/", "customer"), "gateway:limit:x")
    assert 9_000 < await redis.pttl("gateway:limit:x") <= 10_000
    await shared.limiter.close()
    await redis.aclose()


async def test_a_flushed_script_is_loaded_again(valkey: Any) -> None:
    redis = Redis.from_url(valkey.url)
    shared = Shared(redis)
    policy = TABLE.find("GET", "/", "anonymous")
    assert await shared.take(policy, "a") > 0
    await redis.script_flush()
    assert await shared.take(policy, "a") > 0
    await shared.limiter.close()
    await redis.aclose()
