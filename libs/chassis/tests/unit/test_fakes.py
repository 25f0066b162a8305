"""The fake unit of work keeps the promises of the real one, so tests with it mean something."""

import pytest

from chassis.clock import utcnow
from chassis.envelope import Event, new_event
from chassis.idempotency import IdempotencyKey, KeyInFlight, KeyReused, StoredAnswer
from chassis.ids import uuid7
from chassis.testing import FakeUnitOfWork

KEY = IdempotencyKey("sub:1 POST /v1/things", "key", "fingerprint")
ANSWER = StoredAnswer(201, "/v1/things/1")


def event() -> Event:
    return new_event(
        source="/services/sample", type="sample.x.v1", subject="1", sequence=1, data={}
    )


async def test_what_is_not_committed_never_happened() -> None:
    uow, seen = FakeUnitOfWork(), event()
    async with uow:
        uow.publish("sample.events", event())
        assert await uow.unseen("consumer", [seen]) == {seen.id}
        assert await uow.idempotency.claim(KEY) is None
        await uow.idempotency.store(KEY, ANSWER)
    assert (uow.published, uow.committed) == ([], False)
    async with uow:
        assert await uow.unseen("consumer", [seen]) == {seen.id}
        assert await uow.idempotency.claim(KEY) is None


async def test_what_is_committed_is_remembered() -> None:
    uow, seen, sent = FakeUnitOfWork(), event(), event()
    async with uow:
        uow.publish("sample.events", sent)
        await uow.unseen("consumer", [seen])
        await uow.idempotency.claim(KEY)
        await uow.idempotency.store(KEY, ANSWER)
        await uow.commit()
    assert uow.published == [("sample.events", sent)]
    async with uow:
        assert await uow.unseen("consumer", [seen]) == set()
        assert await uow.unseen("another", [seen]) == {seen.id}
        assert await uow.idempotency.claim(KEY) == ANSWER


async def test_keys_behave_as_in_the_database() -> None:
    uow = FakeUnitOfWork()
    async with uow:
        await uow.idempotency.claim(KEY)
        with pytest.raises(KeyInFlight):
            await uow.idempotency.claim(KEY)
        await uow.idempotency.store(KEY, ANSWER)
        with pytest.raises(KeyReused):
            await uow.idempotency.claim(IdempotencyKey(KEY.scope, KEY.key, "other"))


def test_identifiers_sort_by_time_and_times_are_utc() -> None:
    made = [uuid7() for _ in range(100)]
    assert made == sorted(made)
    assert {identifier.version for identifier in made} == {7}
    assert utcnow().utcoffset() is not None
