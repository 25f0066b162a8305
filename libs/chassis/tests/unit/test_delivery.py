"""A batch is one unit of work, a message seen before has no effect, and causes are stamped."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

import pytest

from chassis.context import current_conversation
from chassis.delivery import Delivery, Message
from chassis.envelope import Event, MalformedEvent, new_event


class Ledger:
    """What became durable: the inbox and the effects."""

    def __init__(self) -> None:
        self.seen: set[UUID] = set()
        self.effects: list[str] = []
        self.commits = 0


class RecordingUnitOfWork:
    """Keeps its writes to itself until commit, as a database does."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.seen: set[UUID] = set()
        self.effects: list[str] = []
        self.flushed_in: list[str | None] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        new = {event.id for event in events} - self._ledger.seen
        self.seen |= new
        return set(new)

    def flush(self) -> None:
        self.flushed_in.append(current_conversation().causation_id)

    async def commit(self) -> None:
        self._ledger.seen |= self.seen
        self._ledger.effects += self.effects
        self._ledger.commits += 1


def message(subject: str, kind: str = "sample.made.v1") -> Message:
    event = new_event(source="/s", type=kind, subject=subject, sequence=1, data={})
    return Message("sample.events", 0, 0, subject.encode(), event.to_json())


async def handle(event: Event, uow: RecordingUnitOfWork) -> None:
    if event.subject == "bad":
        raise ValueError("this one cannot be handled")
    uow.effects.append(event.subject)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def opened() -> list[RecordingUnitOfWork]:
    return []


@pytest.fixture
def delivery(ledger: Ledger, opened: list[RecordingUnitOfWork]) -> Delivery[RecordingUnitOfWork]:
    def open_unit() -> RecordingUnitOfWork:
        opened.append(RecordingUnitOfWork(ledger))
        return opened[-1]

    return Delivery("sample-consumer", {"sample.made.v1": handle}, open_unit)


async def test_a_batch_is_committed_once_and_in_order(
    delivery: Delivery[RecordingUnitOfWork], ledger: Ledger
) -> None:
    assert await delivery.deliver([message("a"), message("b")]) == 2
    assert (ledger.effects, ledger.commits) == (["a", "b"], 1)


async def test_a_message_that_comes_again_has_no_second_effect(
    delivery: Delivery[RecordingUnitOfWork], ledger: Ledger
) -> None:
    once = message("a")
    await delivery.deliver([once, once])
    await delivery.deliver([once])
    assert ledger.effects == ["a"]


async def test_a_failing_message_leaves_nothing_of_its_batch(
    delivery: Delivery[RecordingUnitOfWork], ledger: Ledger
) -> None:
    with pytest.raises(ValueError, match="cannot be handled"):
        await delivery.deliver([message("a"), message("bad")])
    assert (ledger.effects, ledger.seen) == ([], set())


async def test_a_type_without_a_handler_opens_no_unit_of_work(
    delivery: Delivery[RecordingUnitOfWork], opened: list[RecordingUnitOfWork]
) -> None:
    assert await delivery.deliver([message("a", "other.made.v1")]) == 0
    assert opened == []


async def test_what_a_handler_records_is_stamped_with_its_own_message(
    delivery: Delivery[RecordingUnitOfWork], opened: list[RecordingUnitOfWork]
) -> None:
    batch = [message("a"), message("b")]
    await delivery.deliver(batch)
    assert opened[0].flushed_in == [str(m.event().id) for m in batch]


async def test_bytes_that_are_no_envelope_fail_the_batch(
    delivery: Delivery[RecordingUnitOfWork],
) -> None:
    with pytest.raises(MalformedEvent):
        await delivery.deliver([message("a"), Message("sample.events", 0, 1, b"", b"junk")])
