"""One suite over the fake unit of work and the real one, so tests with the fake mean something.

A fake is one object that is opened again and again; a real one is made anew each time.
"""

from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.envelope import Event, new_event
from chassis.idempotency import IdempotencyKey, KeyReused, StoredAnswer
from chassis.testing import FakeUnitOfWork
from chassis.unit_of_work import SqlUnitOfWork
from libs.chassis.tests.integration.sample import plumbing

KEY = IdempotencyKey("sub:1 POST /v1/things", "key", "fingerprint")
ANSWER = StoredAnswer(201, "/v1/things/1")

UnitOfWork = FakeUnitOfWork | SqlUnitOfWork


class Kind:
    """Opens units of work of one kind, and reads what they published."""

    def __init__(self, make: Callable[[], UnitOfWork], engine: AsyncEngine) -> None:
        self.make = make
        self._engine = engine

    async def published(self) -> list[str]:
        uow = self.make()
        if isinstance(uow, FakeUnitOfWork):
            return [event.subject for _topic, event in uow.published]
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(plumbing.outbox.c.key).order_by(plumbing.outbox.c.id)
            )
            return list(rows.scalars())


@pytest.fixture(params=["fake", "sql"])
async def kind(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Kind]:
    fake = FakeUnitOfWork()
    makers: dict[str, Callable[[], UnitOfWork]] = {
        "fake": lambda: fake,
        "sql": lambda: SqlUnitOfWork(engine),
    }
    yield Kind(makers[request.param], engine)


def event(subject: str = "1") -> Event:
    return new_event(
        source="/services/sample", type="sample.x.v1", subject=subject, sequence=1, data={}
    )


async def test_what_is_not_committed_never_happened(kind: Kind) -> None:
    seen = event()
    async with kind.make() as uow:
        uow.publish("sample.events", event())
        assert await uow.unseen("consumer", [seen]) == {seen.id}
        assert await uow.idempotency.claim(KEY) is None
        await uow.idempotency.store(KEY, ANSWER)
    assert await kind.published() == []
    async with kind.make() as uow:
        assert await uow.unseen("consumer", [seen]) == {seen.id}
        assert await uow.idempotency.claim(KEY) is None


async def test_an_error_undoes_what_was_done(kind: Kind) -> None:
    with pytest.raises(RuntimeError):
        async with kind.make() as uow:
            uow.publish("sample.events", event())
            await uow.idempotency.claim(KEY)
            raise RuntimeError
    assert await kind.published() == []
    async with kind.make() as uow:
        assert await uow.idempotency.claim(KEY) is None


async def test_what_is_committed_is_remembered(kind: Kind) -> None:
    seen = event()
    async with kind.make() as uow:
        uow.publish("sample.events", event("first"))
        uow.publish("sample.events", event("second"))
        await uow.unseen("consumer", [seen])
        await uow.idempotency.claim(KEY)
        await uow.idempotency.store(KEY, ANSWER)
        await uow.notify("channel")
        await uow.commit()
    assert await kind.published() == ["first", "second"]
    async with kind.make() as uow:
        new = event("new")
        assert await uow.unseen("consumer", [seen, new]) == {new.id}
        assert await uow.unseen("another", [seen]) == {seen.id}
        assert await uow.idempotency.claim(KEY) == ANSWER


async def test_a_key_of_another_request_is_refused(kind: Kind) -> None:
    async with kind.make() as uow:
        await uow.idempotency.claim(KEY)
        await uow.idempotency.store(KEY, ANSWER)
        await uow.commit()
    async with kind.make() as uow:
        with pytest.raises(KeyReused):
            await uow.idempotency.claim(IdempotencyKey(KEY.scope, KEY.key, "other"))


async def test_domain_events_are_collected_at_the_commit(engine: AsyncEngine) -> None:
    class Fake(FakeUnitOfWork):
        def collect(self) -> list[tuple[str, Event]]:
            return [("sample.events", event("collected"))]

    class Real(SqlUnitOfWork):
        def collect(self) -> list[tuple[str, Event]]:
            return [("sample.events", event("collected"))]

    fake = Fake()
    for one in (Kind(lambda: fake, engine), Kind(lambda: Real(engine), engine)):
        async with one.make() as uow:
            uow.publish("sample.events", event("published"))
            await uow.commit()
        assert await one.published() == ["published", "collected"]
