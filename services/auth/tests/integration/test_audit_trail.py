"""The trail in PostgreSQL: from Kafka, once, in order, filtered, and never changed again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.audit_trail import SqlAuditReads, SqlTrailUnitOfWork
from auth.application.audit_trail import AuditEntry, AuditFilter
from auth.components import audit_consumer
from auth.settings import AuthSettings
from chassis.audit import TOPIC, change_made
from chassis.context import Deed, change_conversation, conversation
from chassis.envelope import Event
from chassis.producer import EventProducer, Outgoing
from native.testing import Engines

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEED = Deed(
    service="payments",
    operation="refund_payment",
    method="POST",
    path="/v1/payments/p1/refunds",
    target="p1",
    actor="support-1",
    on_behalf_of=None,
    client_id="swagger-ui",
    roles=frozenset({"support"}),
)


def entry(number: int, **changes: str) -> AuditEntry:
    found = AuditEntry(
        id=UUID(int=number),
        at=NOON + timedelta(minutes=number),
        service="payments",
        operation="refund_payment",
        actor="support-1",
        on_behalf_of=None,
        client_id="swagger-ui",
        roles=("support",),
        target="p1",
        method="POST",
        path="/v1/payments/p1/refunds",
        outcome=None,
        request_id="r-1",
    )
    return replace(found, **changes)  # type: ignore[arg-type]


@pytest.fixture
async def reads(engine: AsyncEngine) -> AsyncIterator[SqlAuditReads]:
    """A trail of six changes by two people."""
    async with SqlTrailUnitOfWork(engine) as uow:
        for number in range(1, 5):
            await uow.trail.add(entry(number))
        await uow.trail.add(entry(5, actor="admin-1", operation="read_keys"))
        await uow.trail.add(entry(6, target="p2"))
        await uow.commit()
    yield SqlAuditReads(engine)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (AuditFilter(), [6, 5, 4, 3, 2, 1]),
        (AuditFilter(actor="admin-1"), [5]),
        (AuditFilter(target="p2"), [6]),
        (AuditFilter(operation="refund_payment"), [6, 4, 3, 2, 1]),
        (AuditFilter(since=NOON + timedelta(minutes=4)), [6, 5, 4]),
        (AuditFilter(actor="support-1", target="p1"), [4, 3, 2, 1]),
        (AuditFilter(actor="' OR 1=1 --"), []),
    ],
    ids=str,
)
async def test_the_trail_is_read_newest_first_and_filtered(
    reads: SqlAuditReads, wanted: AuditFilter, numbers: list[int]
) -> None:
    found = await reads.entries(wanted, None, 10)
    assert [item.id.int for item in found] == numbers


async def test_a_page_goes_on_behind_the_last_entry_seen(reads: SqlAuditReads) -> None:
    first = await reads.entries(AuditFilter(), None, 4)
    rest = await reads.entries(AuditFilter(), first[-1].id, 4)
    assert [item.id.int for item in (*first, *rest)] == [6, 5, 4, 3, 2, 1]
    assert first[0] == entry(6, target="p2")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'somebody else'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
    ],
)
async def test_no_entry_is_ever_changed_or_removed(
    reads: SqlAuditReads, engine: AsyncEngine, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="only ever added to"):
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    assert len(await reads.entries(AuditFilter(), None, 10)) == 6


async def test_an_entry_that_the_inbox_forgot_is_left_alone_when_it_comes_again(
    reads: SqlAuditReads, engine: AsyncEngine
) -> None:
    """As when a group's offsets are lost: events are kept for ever, inbox rows for 30 days."""
    async with SqlTrailUnitOfWork(engine) as uow:
        await uow.trail.add(entry(6, target="p3"))
        await uow.trail.add(entry(7))
        await uow.commit()
    found = await reads.entries(AuditFilter(), None, 10)
    assert [item.id.int for item in found] == [7, 6, 5, 4, 3, 2, 1]
    assert found[1].target == "p2"


async def test_what_comes_twice_from_kafka_is_one_entry(
    settings: AuthSettings, engines: Engines, engine: AsyncEngine
) -> None:
    prefix = await engines.topic_prefix([TOPIC, f"{TOPIC}.dlq"])
    await _send(engines, prefix, [made := _made(), made])
    consumer = audit_consumer(settings, engine, prefix)
    running = asyncio.create_task(consumer.run())
    reads = SqlAuditReads(engine)
    async with asyncio.timeout(30):
        while not (found := await reads.entries(AuditFilter(), None, 10)):
            await asyncio.sleep(0.05)
    await _send(engines, prefix, [made, last := _made()])
    async with asyncio.timeout(30):
        while len(found) < 2:
            found = await reads.entries(AuditFilter(), None, 10)
            await asyncio.sleep(0.05)
    await consumer.stop()
    await running
    assert [item.id for item in found] == [last.id, made.id]
    assert (found[1].actor, found[1].target, found[1].roles) == ("support-1", "p1", ("support",))


def _made() -> Event:
    with conversation("r-1"):
        change_conversation(deed=DEED)
        event = change_made()
    assert event is not None
    return event


async def _send(engines: Engines, prefix: str, events: list[Event]) -> None:
    producer = EventProducer(engines.kafka_bootstrap)
    await producer.start()
    sent = [Outgoing(prefix + TOPIC, event.subject, event.to_json(), ()) for event in events]
    await producer.send_all(sent)
    await producer.stop()
