"""On a real PostgreSQL and a real Kafka: from a commit to the effect, whatever fails between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.consumer import Consumer
from chassis.envelope import Event, new_event
from chassis.metrics import expose
from chassis.producer import EventProducer, Outgoing
from chassis.relay import Relay
from chassis.unit_of_work import SqlUnitOfWork
from libs.chassis.tests.integration.sample import effects, plumbing

Handle = Callable[[Event, SqlUnitOfWork], Awaitable[None]]


def event(subject: str, sequence: int, kind: str = "sample.made.v1") -> Event:
    return new_event(source="/s", type=kind, subject=subject, sequence=sequence, data={})


@asynccontextmanager
async def running(*components: Any) -> AsyncIterator[None]:
    """Runs components as the process does, and sees them end within the promised time."""
    tasks = [asyncio.create_task(component.run()) for component in components]
    try:
        yield
    finally:
        for component in components:
            await component.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), 10)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


async def commit(engine: AsyncEngine, topic: str, events: list[Event]) -> None:
    async with SqlUnitOfWork(engine) as uow:
        for one in events:
            uow.publish(topic, one)
        await uow.commit()


async def subjects(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(effects.c.subject).order_by(effects.c.id))
        return list(rows.scalars())


async def waiting(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        found = await connection.execute(select(func.count()).select_from(plumbing.outbox))
        return int(found.scalar_one())


def relay(dsn: str, bootstrap: str) -> Relay:
    return Relay(dsn=dsn, producer=EventProducer(bootstrap), name="sample")


def consumer(
    engines: Any, engine: AsyncEngine, topic: str, handle: Handle
) -> Consumer[SqlUnitOfWork]:
    return Consumer(
        bootstrap=engines.kafka_bootstrap,
        group=f"{topic}-effects",
        topics=[topic],
        handlers={"sample.made.v1": handle},
        unit_of_work=lambda: SqlUnitOfWork(engine),
    )


async def record(event: Event, uow: SqlUnitOfWork) -> None:
    await uow.connection.execute(insert(effects).values(subject=f"{event.subject}{event.sequence}"))


async def test_what_is_committed_is_published_in_order_and_deleted(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str, read_all: Any
) -> None:
    async with running(relay(dsn, engines.kafka_bootstrap)):
        await commit(engine, topic, [event(s, n) for n in range(1, 101) for s in "abc"])
        records = await asyncio.wait_for(read_all(topic, 300), 20)
        await until(lambda: _is_empty(engine))
    for subject in "abc":
        sequences = [
            Event.from_json(r.value).sequence for r in records if r.key == subject.encode()
        ]
        assert sequences == list(range(1, 101))


async def _is_empty(engine: AsyncEngine) -> bool:
    return await waiting(engine) == 0


async def test_two_relays_of_one_database_publish_each_event_once(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str, read_all: Any
) -> None:
    pair = [relay(dsn, engines.kafka_bootstrap), relay(dsn, engines.kafka_bootstrap)]
    async with running(*pair):
        for number in range(20):
            await commit(engine, topic, [event("a", number)])
        await until(lambda: _is_empty(engine))
    await commit(engine, topic, [event("a", 20)])
    async with running(relay(dsn, engines.kafka_bootstrap)):
        records = await asyncio.wait_for(read_all(topic, 21), 20)
    assert [Event.from_json(r.value).sequence for r in records] == list(range(21))


async def test_the_outbox_waits_while_the_broker_is_away(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str
) -> None:
    await commit(engine, topic, [event("a", 1)])
    async with running(relay(dsn, "127.0.0.1:1")):
        await asyncio.sleep(0.5)
        metrics = await expose()
    assert b"\noutbox_waiting 1.0\n" in bytes(metrics.body)
    assert await waiting(engine) == 1
    async with running(relay(dsn, engines.kafka_bootstrap)):
        await until(lambda: _is_empty(engine))


async def test_an_event_takes_effect_once_though_it_is_published_twice(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str
) -> None:
    twice = event("a", 1)
    async with running(
        relay(dsn, engines.kafka_bootstrap), consumer(engines, engine, topic, record)
    ):
        await commit(engine, topic, [twice])
        await commit(engine, topic, [twice, event("a", 2)])
        await until(lambda: _has(engine, "a2"))
    assert await subjects(engine) == ["a1", "a2"]


async def _has(engine: AsyncEngine, subject: str) -> bool:
    return subject in await subjects(engine)


async def test_a_poison_message_goes_to_the_dead_letters_and_the_rest_get_through(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str, read_all: Any
) -> None:
    async def handle(event: Event, uow: SqlUnitOfWork) -> None:
        await record(event, uow)
        if event.sequence == 2:
            raise ValueError("nobody can handle this")

    async with running(
        relay(dsn, engines.kafka_bootstrap), consumer(engines, engine, topic, handle)
    ):
        await commit(engine, topic, [event("a", number) for number in (1, 2, 3)])
        await until(lambda: _has(engine, "a3"))
        (dead,) = await asyncio.wait_for(read_all(f"{topic}.dlq", 1), 20)
    assert await subjects(engine) == ["a1", "a3"]
    assert Event.from_json(dead.value).sequence == 2
    headers = dict(dead.headers)
    assert headers["x-reason"] == b"ValueError: nobody can handle this"
    assert headers["x-topic"] == topic.encode()


async def test_bytes_that_are_no_event_go_to_the_dead_letters(
    engines: Any, engine: AsyncEngine, topic: str, read_all: Any
) -> None:
    producer = EventProducer(engines.kafka_bootstrap)
    await producer.start()
    await producer.send_all([Outgoing(topic, "a", b"junk")])
    await producer.send_all([Outgoing(topic, "a", event("a", 1).to_json())])
    await producer.stop()
    async with running(consumer(engines, engine, topic, record)):
        await until(lambda: _has(engine, "a1"))
        (dead,) = await asyncio.wait_for(read_all(f"{topic}.dlq", 1), 20)
    assert dead.value == b"junk"


async def test_a_fault_of_the_infrastructure_is_retried_and_never_a_dead_letter(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.consumer._FIRST_BACKOFF", 0.01)
    attempts = 0

    async def handle(event: Event, uow: SqlUnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 8:
            raise ConnectionRefusedError
        await record(event, uow)

    async with running(
        relay(dsn, engines.kafka_bootstrap), consumer(engines, engine, topic, handle)
    ):
        await commit(engine, topic, [event("a", 1)])
        await until(lambda: _has(engine, "a1"), 30)
    assert attempts == 8


async def test_a_handler_that_publishes_has_its_event_in_the_same_transaction(
    engines: Any, dsn: str, engine: AsyncEngine, topic: str, read_all: Any
) -> None:
    async def answer(event: Event, uow: SqlUnitOfWork) -> None:
        uow.publish(topic, new_event(
            source="/s", type="sample.answered.v1", subject=event.subject, sequence=2, data={}
        ))  # fmt: skip

    cause = event("a", 1)
    async with running(
        relay(dsn, engines.kafka_bootstrap), consumer(engines, engine, topic, answer)
    ):
        await commit(engine, topic, [cause])
        records = await asyncio.wait_for(read_all(topic, 2), 20)
    answered = Event.from_json(records[1].value)
    assert answered.causation_id == str(cause.id)
    assert answered.correlation_id == cause.correlation_id


async def test_a_producer_without_a_broker_says_so() -> None:
    producer = EventProducer("127.0.0.1:1")
    with pytest.raises(KafkaConnectionError):
        await producer.start()
