"""The read cache: the same from the fake and from a real Redis, and what happens without one."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from catalog.adapters.redis_cache import RedisCache, connect
from catalog.application.read_cache import (
    LISTS,
    Answer,
    CacheDown,
    ReadCache,
    forget_products,
    product_topic,
    remembered,
)
from catalog.testing import MemoryCache
from chassis.ids import uuid7
from native.testing import Engines

ANSWER = Answer(b'{"a":\n1}', '"tag"', '</v1/products>; rel="self"')


@pytest_asyncio.fixture
async def redis(engines: Engines) -> AsyncIterator[Redis]:
    """A client of the real server."""
    client = connect(engines.redis_url, patience=10)
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", "redis"])
def any_cache(request: pytest.FixtureRequest, redis: Redis) -> ReadCache:
    """The fake and the real cache in turn."""
    return MemoryCache() if request.param == "memory" else RedisCache(redis)


@pytest.fixture
def key() -> str:
    """A key that no other test has."""
    return f"test:{uuid7()}"


async def test_what_is_kept_is_recalled_whole(any_cache: ReadCache, key: str) -> None:
    empty = await any_cache.recall(key, key)
    assert empty.answer is None
    assert empty.epoch is not None
    await any_cache.keep(key, empty.epoch, ANSWER)
    again = await any_cache.recall(key, key)
    assert (again.answer, again.epoch) == (ANSWER, empty.epoch)


async def test_a_forgotten_topic_forgets_all_of_its_answers(any_cache: ReadCache, key: str) -> None:
    for name in ("a", "b"):
        epoch = (await any_cache.recall(key + name, key)).epoch
        assert epoch is not None
        await any_cache.keep(key + name, epoch, ANSWER)
    await any_cache.forget([key])
    for name in ("a", "b"):
        assert (await any_cache.recall(key + name, key)).answer is None


async def test_a_slow_reader_cannot_bring_back_what_was_forgotten(
    any_cache: ReadCache, key: str
) -> None:
    before = await any_cache.recall(key, key)
    await any_cache.forget([key])
    assert before.epoch is not None
    await any_cache.keep(key, before.epoch, ANSWER)
    assert (await any_cache.recall(key, key)).answer is None


async def test_a_product_takes_its_answers_and_all_lists_along(any_cache: ReadCache) -> None:
    slug = f"s-{uuid7()}"
    epochs = {topic: (await any_cache.recall(topic, topic)).epoch for topic in (LISTS, slug)}
    topic = product_topic(slug)
    epochs[topic] = (await any_cache.recall(topic, topic)).epoch
    await forget_products(any_cache, [slug])
    assert (await any_cache.recall(LISTS, LISTS)).epoch != epochs[LISTS]
    assert (await any_cache.recall(topic, topic)).epoch != epochs[topic]
    assert (await any_cache.recall(slug, slug)).epoch == epochs[slug]


async def test_an_answer_is_made_once(any_cache: ReadCache, key: str) -> None:
    made = 0

    async def make() -> Answer:
        nonlocal made
        made += 1
        return ANSWER

    for _ in range(3):
        assert await remembered(any_cache, key, key, make) == ANSWER
    assert made == 1


async def test_a_failure_is_not_remembered(any_cache: ReadCache, key: str) -> None:
    async def fail() -> Answer:
        raise LookupError

    async def make() -> Answer:
        return ANSWER

    with pytest.raises(LookupError):
        await remembered(any_cache, key, key, fail)
    assert await remembered(any_cache, key, key, make) == ANSWER


async def test_every_key_carries_the_services_name_and_an_end(redis: Redis, key: str) -> None:
    cache = RedisCache(redis)
    epoch = (await cache.recall(key, key)).epoch
    assert epoch is not None
    await cache.keep(key, epoch, ANSWER)
    keys = [name async for name in redis.scan_iter(match=f"*{key}")]
    assert len(keys) == 2
    for name in keys:
        assert name.startswith(b"catalog:")
        assert 0 < await redis.ttl(name) <= 3600


async def test_without_redis_readers_do_without_and_forgetting_says_so(key: str) -> None:
    cache = RedisCache(connect("redis://127.0.0.1:1/0"))

    async def make() -> Answer:
        return ANSWER

    assert await remembered(cache, key, key, make) == ANSWER
    with pytest.raises(CacheDown):
        await cache.forget([key])
    assert (await cache.recall(key, key)).epoch is None


async def test_a_connection_that_ends_while_it_is_opened_is_redis_away(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport>; the handler is closed")

    redis = connect("redis://127.0.0.1:1/0")
    monkeypatch.setattr(redis, "execute_command", closed)
    assert (await RedisCache(redis).recall(key, key)).epoch is None
