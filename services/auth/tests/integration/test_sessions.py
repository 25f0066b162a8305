"""One suite over the sessions of the fakes and of Redis, and what only Redis can show."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from auth.adapters.session_store import RedisSessions
from auth.domain.ports import Sessions
from auth.domain.session import IDLE, LIFETIME, Session, Visitor
from chassis.clock import utcnow
from services.auth.tests.fakes import MemorySessions

VISITOR = Visitor("192.0.2.7", "Firefox")


@pytest.fixture(params=["memory", "redis"])
def sessions(request: pytest.FixtureRequest) -> Sessions:
    if request.param == "memory":
        return MemorySessions()
    return RedisSessions(request.getfixturevalue("redis"))


def begun(user_id: UUID, ago: timedelta = timedelta()) -> Session:
    at = utcnow().replace(microsecond=0) - ago
    return Session(uuid4(), user_id, at, at, VISITOR, ("pwd",))


async def test_a_session_is_found_by_its_secret_until_it_is_closed(sessions: Sessions) -> None:
    session = begun(uuid4())
    secret = await sessions.open(session)
    assert len(secret) == 43
    now = utcnow()
    assert await sessions.find(secret, now) == replace(session, last_seen_at=now)
    assert await sessions.find("made up", now) is None
    await sessions.close(secret)
    await sessions.close(secret)
    assert await sessions.find(secret, now) is None
    assert await sessions.of_user(session.user_id) == []


async def test_the_owner_sees_every_session_the_newest_first(sessions: Sessions) -> None:
    owner = uuid4()
    old, new = begun(owner, timedelta(minutes=9)), begun(owner)
    for session in (old, new, begun(uuid4())):
        await sessions.open(session)
    assert await sessions.of_user(owner) == [new, old]


async def test_the_owner_ends_one_or_all_but_one(sessions: Sessions) -> None:
    owner = uuid4()
    kept, first, second = (begun(owner) for _ in range(3))
    secrets = [await sessions.open(session) for session in (kept, first, second)]
    await sessions.end(owner, first.sid)
    assert await sessions.find(secrets[1], utcnow()) is None
    await sessions.end_all(owner, keep=kept.sid)
    assert [one.sid for one in await sessions.of_user(owner)] == [kept.sid]
    await sessions.end_all(owner)
    assert await sessions.of_user(owner) == []


async def test_nobody_ends_the_session_of_somebody_else(sessions: Sessions) -> None:
    session = begun(uuid4())
    secret = await sessions.open(session)
    await sessions.end(uuid4(), session.sid)
    assert await sessions.find(secret, utcnow()) is not None


async def test_redis_holds_no_secret_and_ends_what_nobody_uses(redis: "Redis") -> None:
    owner = uuid4()
    secret = await RedisSessions(redis).open(begun(owner))
    names = [str(name) async for name in redis.scan_iter("auth:session*")]
    assert names
    assert not [name for name in names if secret in name]
    for name in names:
        assert 0 < await redis.ttl(name) <= LIFETIME.total_seconds()
    (key,) = (await redis.hvals(f"auth:sessions:{owner}"),)[0]
    assert secret not in str(await redis.get(key))
    assert await redis.ttl(key) <= IDLE.total_seconds()


async def test_use_prolongs_a_session_but_not_beyond_its_absolute_end(redis: "Redis") -> None:
    sessions, owner = RedisSessions(redis), uuid4()
    nearly_over = begun(owner, LIFETIME - timedelta(minutes=5))
    old = replace(nearly_over, last_seen_at=utcnow() - timedelta(minutes=10))
    secret = await sessions.open(old)
    assert await sessions.find(secret, utcnow()) is not None
    (key,) = await redis.hvals(f"auth:sessions:{owner}")
    assert 200 < await redis.ttl(key) <= 300


async def test_what_has_expired_leaves_the_list_when_it_is_read(redis: "Redis") -> None:
    sessions, owner = RedisSessions(redis), uuid4()
    await sessions.open(begun(owner))
    (key,) = await redis.hvals(f"auth:sessions:{owner}")
    await redis.delete(str(key))
    assert await sessions.of_user(owner) == []
    assert await redis.exists(f"auth:sessions:{owner}") == 0


async def test_a_session_that_ends_while_it_is_used_does_not_come_back(redis: "Redis") -> None:
    """The script of the race: read, then ended by the owner, then written back."""

    class Racing(RedisSessions):
        async def race(self, secret: str, session: Session) -> None:
            get = self._redis.get

            async def slow_get(key: str) -> object:
                text = await get(key)
                await RedisSessions(redis).end(session.user_id, session.sid)
                return text

            self._redis.get = slow_get  # type: ignore[method-assign, assignment]
            await self.find(secret, utcnow())
            self._redis.get = get  # type: ignore[method-assign]

    session = begun(uuid4())
    racing = Racing(redis)
    secret = await racing.open(session)
    await racing.race(secret, session)
    assert await racing.find(secret, utcnow()) is None
