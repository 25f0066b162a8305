"""The count of tries as Redis keeps it: bursts, refills, and guesses sent all at once."""

import asyncio
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from auth.adapters.throttle import RedisThrottle
from auth.domain.errors import Throttled
from auth.domain.throttling import Limit, Try

SLOW = Limit("test-slow", burst=3, seconds=600)
FAST = Limit("test-fast", burst=2, seconds=0.2)


def someone(limit: Limit = SLOW) -> Try:
    return Try(limit, uuid4().hex)


async def refused(throttle: RedisThrottle, *tries: Try) -> int:
    with pytest.raises(Throttled) as caught:
        await throttle.take(*tries)
    return caught.value.retry_after


async def test_after_the_burst_one_must_wait(redis: "Redis") -> None:
    throttle, item = RedisThrottle(redis), someone()
    for _ in range(3):
        await throttle.take(item)
    assert 590 <= await refused(throttle, item) <= 600
    await throttle.take(someone())


async def test_the_wait_ends_whatever_was_tried_meanwhile(redis: "Redis") -> None:
    throttle, item = RedisThrottle(redis), someone(FAST)
    await throttle.take(item)
    await throttle.take(item)
    for _ in range(20):
        await refused(throttle, item)
    await asyncio.sleep(0.25)
    await throttle.take(item)


async def test_guesses_sent_at_once_do_not_slip_through(redis: "Redis") -> None:
    throttle, item = RedisThrottle(redis), someone()
    answers = await asyncio.gather(
        *(throttle.take(item) for _ in range(40)), return_exceptions=True
    )
    assert sum(answer is None for answer in answers) == 3


async def test_what_is_refused_for_one_reason_is_counted_for_none(redis: "Redis") -> None:
    throttle, full, free = RedisThrottle(redis), someone(), someone()
    for _ in range(3):
        await throttle.take(full)
    await refused(throttle, full, free)
    for _ in range(3):
        await throttle.take(free)
    await refused(throttle, free)


async def test_a_right_try_is_given_back_and_a_name_can_be_cleared(redis: "Redis") -> None:
    throttle, item = RedisThrottle(redis), someone()
    for _ in range(9):
        await throttle.take(item)
        await throttle.give_back(item)
    for _ in range(3):
        await throttle.take(item)
    await throttle.forgive(item)
    await throttle.take(item)


async def test_the_counts_are_forgotten_in_time(redis: "Redis") -> None:
    item = someone()
    await RedisThrottle(redis).take(item)
    assert 0 < await redis.ttl(f"auth:tries:test-slow:{item.key}") <= 600
