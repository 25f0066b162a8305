"""The trail's consumer: what any service says of a change becomes an entry, once."""

import json
from pathlib import Path
from typing import Any, Self

import pytest

from auth.application.audit_trail import AuditEntry
from auth.consumers.audit_events import HANDLERS
from chassis.delivery import Delivery, Message
from chassis.envelope import Event, MalformedEvent, new_event
from chassis.testing import FakeUnitOfWork

CONTRACT = Path(__file__).parents[4] / "contracts/events/audit/change_made.v1.example.json"
EXAMPLE: dict[str, Any] = json.loads(CONTRACT.read_text())


class Trail:
    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    async def add(self, entry: AuditEntry) -> None:
        self.entries.append(entry)


class FakeTrailUnitOfWork(FakeUnitOfWork):
    def __init__(self) -> None:
        super().__init__()
        self.trail = Trail()

    async def __aenter__(self) -> Self:
        return await super().__aenter__()


def change(**data: Any) -> Event:
    return new_event(
        source="/services/payments",
        type="audit.change_made.v1",
        subject=EXAMPLE["target"],
        sequence=0,
        data={**EXAMPLE, **data},
    )


async def deliver(event: Event, uow: FakeTrailUnitOfWork) -> None:
    message = Message("audit.events", 0, 0, b"", event.to_json())
    await Delivery("auth-audit", HANDLERS, lambda: uow).deliver([message])


async def test_a_change_becomes_an_entry_that_says_all_of_it() -> None:
    uow, event = FakeTrailUnitOfWork(), change()
    await deliver(event, uow)
    (entry,) = uow.trail.entries
    assert (entry.id, entry.at) == (event.id, event.time)
    assert {name: getattr(entry, name) for name in EXAMPLE} == {**EXAMPLE, "roles": ("support",)}


async def test_a_message_that_comes_again_is_no_second_entry() -> None:
    uow, event = FakeTrailUnitOfWork(), change()
    await deliver(event, uow)
    await deliver(event, uow)
    assert len(uow.trail.entries) == 1


async def test_a_change_that_says_nothing_of_its_actor_is_not_taken_in() -> None:
    uow = FakeTrailUnitOfWork()
    with pytest.raises(MalformedEvent):
        await deliver(change(actor=None), uow)
    assert uow.trail.entries == []
