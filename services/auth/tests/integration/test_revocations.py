"""Revocations reach the edges: written with the change, published by a worker, never lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.attic import SqlAttic
from auth.adapters.revocation_book import UnpublishedRevocations
from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.publish_revocations import publish_revocations
from auth.application.purge_expired import purge_expired
from auth.application.revoke_grants import revoke_client, revoke_families
from auth.bootstrap import bootstrap
from auth.domain.user import new_user
from auth.settings import AuthSettings
from chassis import revocations
from chassis.clock import utcnow
from chassis.ids import uuid7
from chassis.revocations import Revocation, RevocationLog, Revocations
from chassis.tokens import TokenVerifier
from native.testing import Engines
from services.auth.tests.fakes import NOON
from services.auth.tests.grant_samples import a_family
from services.auth.tests.integration.conftest import Replica
from services.auth.tests.world import CodeFlow

NewUow = Callable[[], AuthUnitOfWork]


@pytest.fixture
async def redis(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator["Redis"]:
    """A client, and a stream that no other test sees."""
    stream = f"revocations-{uuid7()}"
    monkeypatch.setattr(revocations, "STREAM", stream)
    async with Redis.from_url(engines.redis_url, decode_responses=True) as client:
        yield client
        await client.delete(stream)


async def count(engine: AsyncEngine, where: str) -> int:
    async with engine.connect() as connection:
        query = text(f"SELECT count(*) FROM revocations WHERE {where}")
        return int((await connection.execute(query)).scalar_one())


async def some_families(new_uow: NewUow, *sessions: UUID | None) -> tuple[UUID, list[UUID]]:
    user = new_user(uuid4(), email=f"{uuid4()}@example.com", name="A", now=NOON)
    families = [a_family(user.id, utcnow(), session_id=session) for session in sessions]
    async with new_uow() as uow:
        await uow.users.add(user)
        for family in families:
            await uow.families.add(family)
        await uow.commit()
    return user.id, [family.id for family in families]


async def test_a_sign_out_revokes_one_session_or_all_but_one(
    new_uow: NewUow, engine: AsyncEngine
) -> None:
    one, other = uuid4(), uuid4()
    user_id, (first, second, nameless) = await some_families(new_uow, one, other, None)
    _stranger, (foreign,) = await some_families(new_uow, one)
    async with new_uow() as uow:
        assert await revoke_families(uow, user_id, utcnow(), session_id=one) == 1
        assert await revoke_families(uow, user_id, utcnow(), keep_session=other) == 1
        await uow.commit()
    async with new_uow() as uow:
        for family_id, dead in ((first, True), (nameless, True), (second, False), (foreign, False)):
            assert await uow.revocations.covers("x", str(family_id)) is dead
            family = await uow.families.lock(family_id)
            assert family is not None and (family.revoked_at is not None) is dead
        await revoke_client(uow, "c", utcnow())
        await uow.commit()
    assert await count(engine, "kind = 'grant'") == 4


async def test_an_outage_of_redis_delays_a_revocation_and_loses_none(
    new_uow: NewUow, engine: AsyncEngine, redis: "Redis", engines: Engines
) -> None:
    user_id, _families = await some_families(new_uow, uuid4(), uuid4())
    async with new_uow() as uow:
        await revoke_families(uow, user_id, utcnow())
        await uow.commit()
    unpublished = UnpublishedRevocations(engine)
    async with Redis.from_url("redis://127.0.0.1:1/0") as away:
        with pytest.raises(RedisAway):
            await publish_revocations(unpublished, RevocationLog(away))
    assert await count(engine, "NOT published") == 2
    assert not await publish_revocations(unpublished, RevocationLog(redis))
    assert await count(engine, "NOT published") == 0
    assert await redis.xlen(revocations.STREAM) == 2
    await publish_revocations(unpublished, RevocationLog(redis))
    assert await redis.xlen(revocations.STREAM) == 2


async def test_two_workers_publish_each_revocation_once(
    new_uow: NewUow, engine: AsyncEngine, redis: "Redis"
) -> None:
    async with new_uow() as uow:
        entries = [Revocation("token", str(n), n, 2**33) for n in range(1200)]
        await uow.revocations.add(entries)
        await uow.revocations.add(entries[:3])
        await uow.commit()

    async def work() -> None:
        while await publish_revocations(UnpublishedRevocations(engine), RevocationLog(redis)):
            pass

    await asyncio.gather(work(), work())
    rows: Any = await redis.xrange(revocations.STREAM)
    assert sorted(int(fields["id"]) for _id, fields in rows) == list(range(1200))


async def test_the_attic_forgets_what_is_published_and_moot(
    new_uow: NewUow, engine: AsyncEngine, redis: "Redis"
) -> None:
    until = int(NOON.timestamp())
    async with new_uow() as uow:
        await uow.revocations.add([Revocation("token", "a", until, until)])
        await uow.commit()
    later = NOON + timedelta(seconds=1)
    assert await purge_expired(SqlAttic(engine), later) == 0
    await publish_revocations(UnpublishedRevocations(engine), RevocationLog(redis))
    assert await purge_expired(SqlAttic(engine), later) == 1


async def test_an_edge_hears_within_a_second_of_a_token_that_was_given_back(
    replica: Replica, settings: AuthSettings, redis: "Redis", engines: Engines
) -> None:
    browser = await replica()
    workers = bootstrap(settings.model_copy(update={"run": frozenset({"workers"})}))
    running = {c.name: c for c in workers.components if c.name.endswith(("wakeup", "revocations"))}
    reader = Revocations(engines.redis_url)
    tasks = [asyncio.create_task(part.run()) for part in (*running.values(), reader)]
    flow = CodeFlow(browser)
    tokens = await flow.tokens()
    verifier: TokenVerifier = browser._transport.app.state.verifier  # type: ignore[attr-defined]
    claims = await verifier.verify(tokens["access_token"])
    form = {"token": tokens["refresh_token"], "client_id": "swagger-ui"}
    await asyncio.sleep(0.5)
    assert not reader.revoked(claims)
    assert (await browser.post("/oauth/revoke", data=form)).status_code == 200
    async with asyncio.timeout(2):
        while not reader.revoked(claims):
            await asyncio.sleep(0.01)
    for part in (*running.values(), reader):
        await part.stop()
    await asyncio.gather(*tasks)
    # The lifespan closes the connections that the workers have opened.
    async with workers.app.router.lifespan_context(workers.app):
        pass
