"""On a real PostgreSQL: what is old is forgotten in batches, and nothing young or held is."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from chassis import failpoints
from chassis.clock import utcnow
from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.ids import uuid7
from chassis.purge import INBOX_KEPT, KEYS_KEPT, Purge, purge_worker
from chassis.unit_of_work import SqlUnitOfWork
from libs.chassis.tests.integration.sample import plumbing

SECOND = timedelta(seconds=1)


async def seen(engine: AsyncEngine, age: timedelta, count: int = 1) -> list[UUID]:
    """Puts events in the inbox that came so long ago."""
    ids = [uuid7() for _ in range(count)]
    moment = utcnow() - age
    rows = [{"consumer": "c", "event_id": each, "created_at": moment} for each in ids]
    async with engine.begin() as connection:
        await connection.execute(insert(plumbing.inbox), rows)
    return ids


async def keyed(engine: AsyncEngine, key: str, age: timedelta) -> None:
    """Keeps an answer that was given so long ago."""
    async with engine.begin() as connection:
        row: dict[str, object] = {"scope": "s", "key": key, "fingerprint": "f", "status": 201}
        row["created_at"] = utcnow() - age
        await connection.execute(insert(plumbing.idempotency_keys).values(row))


async def count(engine: AsyncEngine, table: Table) -> int:
    async with engine.connect() as connection:
        found = await connection.execute(select(func.count()).select_from(table))
        return int(found.scalar_one())


async def test_only_what_is_older_than_its_retention_is_forgotten(engine: AsyncEngine) -> None:
    await seen(engine, INBOX_KEPT + SECOND)
    [young] = await seen(engine, INBOX_KEPT - timedelta(minutes=1))
    await keyed(engine, "old", KEYS_KEPT + SECOND)
    await keyed(engine, "young", KEYS_KEPT - timedelta(minutes=1))
    assert await Purge(engine, plumbing).step() is False
    async with engine.connect() as connection:
        assert list(await connection.scalars(select(plumbing.inbox.c.event_id))) == [young]
        keys = await connection.scalars(select(plumbing.idempotency_keys.c.key))
        assert list(keys) == ["young"]


@pytest.mark.parametrize(("point", "left"), [("before_commit", 1), ("after_commit", 0)])
async def test_housekeeping_that_breaks_off_is_done_whole_or_not_at_all(
    engine: AsyncEngine, point: str, left: int
) -> None:
    await seen(engine, INBOX_KEPT + SECOND)
    failpoints.arm(failpoints.parse(f"upkeep.{point}=error@1"))
    try:
        with pytest.raises(failpoints.Fault):
            await Purge(engine, plumbing).step()
    finally:
        failpoints.arm({})
    assert await count(engine, plumbing.inbox) == left


async def test_a_forgotten_key_may_be_used_for_another_request(engine: AsyncEngine) -> None:
    await keyed(engine, "k", KEYS_KEPT + SECOND)
    await Purge(engine, plumbing).step()
    key = IdempotencyKey("s", "k", "another fingerprint")
    async with SqlUnitOfWork(engine) as uow:
        assert await uow.idempotency.claim(key) is None
        await uow.idempotency.store(key, StoredAnswer(201, None))
        await uow.commit()


async def test_a_service_may_keep_its_keys_for_ever(engine: AsyncEngine) -> None:
    await keyed(engine, "k", timedelta(days=999))
    await seen(engine, timedelta(days=999))
    await Purge(engine, plumbing, keys_kept=None).step()
    assert await count(engine, plumbing.idempotency_keys) == 1
    assert await count(engine, plumbing.inbox) == 0


async def test_a_step_takes_one_batch_and_says_whether_more_is_left(engine: AsyncEngine) -> None:
    await seen(engine, INBOX_KEPT + SECOND, count=25)
    purge = Purge(engine, plumbing, batch=10)
    with capture_logs() as lines:
        assert [await purge.step() for _ in range(3)] == [True, True, False]
    assert [(line["table"], line["rows"]) for line in lines] == [
        ("inbox", 10),
        ("inbox", 10),
        ("inbox", 5),
    ]
    assert await count(engine, plumbing.inbox) == 0


async def test_rows_that_another_replica_deletes_are_not_waited_for(engine: AsyncEngine) -> None:
    held, _free = await seen(engine, INBOX_KEPT + SECOND, count=2)
    async with engine.begin() as other:
        lock = select(plumbing.inbox).where(plumbing.inbox.c.event_id == held).with_for_update()
        await other.execute(lock)
        async with asyncio.timeout(5):
            await Purge(engine, plumbing).step()
        assert await count(engine, plumbing.inbox) == 1


async def test_the_old_are_found_by_an_index(engine: AsyncEngine) -> None:
    for table in (plumbing.inbox, plumbing.idempotency_keys):
        async with engine.begin() as connection:
            # With tables this small the planner would read them whole, if it might.
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = await connection.scalars(
                text(
                    f"EXPLAIN SELECT ctid FROM {table.name} WHERE created_at < now() - "
                    "interval '1 day' ORDER BY created_at LIMIT 10"
                )
            )
            assert f"{table.name}_by_age" in "\n".join(plan)


async def test_the_worker_empties_a_backlog_by_itself(engine: AsyncEngine) -> None:
    await seen(engine, INBOX_KEPT + SECOND, count=25)
    worker = purge_worker("sample", Purge(engine, plumbing, batch=10))
    assert worker.name == "sample-purge"
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(5):
        while await count(engine, plumbing.inbox):
            await asyncio.sleep(0.01)
    await worker.stop()
    await running
