"""On a real PostgreSQL: state, outbox, inbox and keys commit together or not at all."""

import asyncio

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.context import Deed, change_conversation, conversation
from chassis.envelope import Event, new_event
from chassis.idempotency import IdempotencyKey, KeyInFlight, KeyReused, StoredAnswer
from chassis.unit_of_work import MAX_EVENT_BYTES, EventTooLarge, SqlUnitOfWork
from libs.chassis.tests.integration.sample import effects, plumbing

KEY = IdempotencyKey(scope="sub:a POST /things", key="k1", fingerprint="f1")


def event(subject: str = "a", sequence: int = 1) -> Event:
    return new_event(
        source="/s", type="sample.made.v1", subject=subject, sequence=sequence, data={}
    )


async def count(engine: AsyncEngine, table: object) -> int:
    async with engine.connect() as connection:
        found = await connection.execute(select(func.count()).select_from(table))  # type: ignore[arg-type]
        return int(found.scalar_one())


async def test_state_and_outbox_commit_together(engine: AsyncEngine) -> None:
    async with SqlUnitOfWork(engine) as uow:
        await uow.connection.execute(insert(effects).values(id=1, subject="a"))
        uow.publish("sample.events", event())
        await uow.commit()
    assert (await count(engine, effects), await count(engine, plumbing.outbox)) == (1, 1)


async def test_without_commit_nothing_is_left(engine: AsyncEngine) -> None:
    async with SqlUnitOfWork(engine) as uow:
        await uow.connection.execute(insert(effects).values(id=1, subject="a"))
        uow.publish("sample.events", event())
        await uow.unseen("c", [event()])
    tables = (effects, plumbing.outbox, plumbing.inbox)
    assert [await count(engine, table) for table in tables] == [0, 0, 0]


async def test_the_outbox_keeps_the_order_of_publishing(engine: AsyncEngine) -> None:
    async with SqlUnitOfWork(engine) as uow:
        for number in range(50):
            uow.publish("sample.events", event("a", number))
        await uow.commit()
    async with engine.connect() as connection:
        rows = await connection.execute(
            select(plumbing.outbox.c.payload).order_by(plumbing.outbox.c.id)
        )
        assert [Event.from_json(raw).sequence for raw in rows.scalars()] == list(range(50))


DEED = Deed(
    service="sample",
    operation="paint_thing",
    method="POST",
    path="/things/t1/colour",
    target="t1",
    actor="a",
    on_behalf_of=None,
    client_id="c",
    roles=frozenset({"admin"}),
)


async def audited(engine: AsyncEngine) -> list[tuple[str, Event]]:
    async with engine.connect() as connection:
        columns = (plumbing.outbox.c.topic, plumbing.outbox.c.payload)
        rows = await connection.execute(select(*columns).order_by(plumbing.outbox.c.id))
        return [(row.topic, Event.from_json(row.payload)) for row in rows]


async def test_who_answers_for_a_change_is_written_down_with_it(engine: AsyncEngine) -> None:
    with conversation("r-1"):
        change_conversation(deed=DEED)
        async with SqlUnitOfWork(engine) as uow:
            uow.publish("sample.events", event())
            await uow.idempotency.store(KEY, StoredAnswer(201, "/things/t1/colours/1"))
            await uow.commit()
    (topic, _change), (trail, entry) = await audited(engine)
    assert (topic, trail) == ("sample.events", "audit.events")
    assert (entry.subject, entry.data["actor"]) == ("t1", "a")
    assert (entry.data["outcome"], entry.data["request_id"]) == ("/things/t1/colours/1", "r-1")


async def test_what_is_rolled_back_leaves_no_entry(engine: AsyncEngine) -> None:
    with conversation("r-1"):
        change_conversation(deed=DEED)
        async with SqlUnitOfWork(engine) as uow:
            await uow.connection.execute(insert(effects).values(id=1, subject="a"))
    assert await audited(engine) == []


async def test_an_event_that_no_broker_would_take_is_refused(engine: AsyncEngine) -> None:
    huge = new_event(
        source="/s",
        type="sample.made.v1",
        subject="a",
        sequence=1,
        data={"text": "x" * MAX_EVENT_BYTES},
    )
    async with SqlUnitOfWork(engine) as uow:
        with pytest.raises(EventTooLarge):
            uow.publish("sample.events", huge)


async def test_the_inbox_knows_an_event_again_but_only_for_the_same_consumer(
    engine: AsyncEngine,
) -> None:
    once = event()
    async with SqlUnitOfWork(engine) as uow:
        assert await uow.unseen("c", [once, once]) == {once.id}
        await uow.commit()
    async with SqlUnitOfWork(engine) as uow:
        assert await uow.unseen("c", [once]) == set()
        assert await uow.unseen("other", [once]) == {once.id}


async def test_a_key_answers_the_same_request_with_what_was_stored(engine: AsyncEngine) -> None:
    answer = StoredAnswer(201, "/things/1")
    async with SqlUnitOfWork(engine) as uow:
        assert await uow.idempotency.claim(KEY) is None
        await uow.idempotency.store(KEY, answer)
        await uow.commit()
    async with SqlUnitOfWork(engine) as uow:
        assert await uow.idempotency.claim(KEY) == answer


async def test_a_key_used_for_another_request_is_refused(engine: AsyncEngine) -> None:
    async with SqlUnitOfWork(engine) as uow:
        await uow.idempotency.store(KEY, StoredAnswer(201, None))
        await uow.commit()
    other = IdempotencyKey(scope=KEY.scope, key=KEY.key, fingerprint="another body")
    async with SqlUnitOfWork(engine) as uow:
        with pytest.raises(KeyReused):
            await uow.idempotency.claim(other)


async def test_a_key_whose_first_request_still_runs_is_in_flight(engine: AsyncEngine) -> None:
    async with SqlUnitOfWork(engine) as first, SqlUnitOfWork(engine) as second:
        assert await first.idempotency.claim(KEY) is None
        with pytest.raises(KeyInFlight):
            await second.idempotency.claim(KEY)


async def test_the_key_of_a_request_that_failed_is_free_again(engine: AsyncEngine) -> None:
    async with SqlUnitOfWork(engine) as failed:
        await failed.idempotency.claim(KEY)
        await failed.idempotency.store(KEY, StoredAnswer(201, None))
    async with SqlUnitOfWork(engine) as uow:
        assert await uow.idempotency.claim(KEY) is None


async def test_of_many_requests_with_one_key_one_has_an_effect(engine: AsyncEngine) -> None:
    async def request(number: int) -> str:
        async with SqlUnitOfWork(engine) as uow:
            try:
                if await uow.idempotency.claim(KEY) is not None:
                    return "stored"
                await uow.connection.execute(insert(effects).values(id=number, subject="a"))
                await uow.idempotency.store(KEY, StoredAnswer(201, None))
            except KeyInFlight:
                return "in flight"
            await uow.commit()
            return "first"

    verdicts = await asyncio.gather(*(request(number) for number in range(50)))
    assert verdicts.count("first") == 1
    assert await count(engine, effects) == 1


async def test_an_error_of_the_database_quotes_no_value(engine: AsyncEngine) -> None:
    """It goes to the log, and a value may be a name or the hash of a password."""
    statement = text("SELECT CAST(:name AS text), 1 / CAST(:divisor AS integer)")
    values = {"name": "Ada Lovelace", "divisor": 0}
    with pytest.raises(DBAPIError, match="division by zero") as refused:
        async with SqlUnitOfWork(engine) as uow:
            await uow.connection.execute(statement, values)
    assert "Lovelace" not in str(refused.value)
