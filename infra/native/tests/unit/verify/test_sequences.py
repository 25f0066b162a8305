"""I6: gaps, disorder and doubled numbers are named; repetitions of one event are not."""

from uuid import UUID, uuid4

import pytest

from chassis.envelope import Event, new_event
from native.verify.findings import Findings
from native.verify.invariants.sequences import Sequences, author_of

TOPIC = "orders.events"
Told = tuple[str, Event]


def event(sequence: int, subject: str = "o-1", topic: str = TOPIC, id: UUID | None = None) -> Told:
    made = new_event(
        source=author_of(topic),
        type="orders.order_placed.v1",
        subject=subject,
        sequence=sequence,
        data={},
        id=id or uuid4(),
    )
    return topic, made


def check(messages: list[Told], cut: frozenset[str] = frozenset()) -> Findings:
    book = Sequences()
    for topic, made in messages:
        book.take(topic, made)
    return book.finish(cut)


def test_events_in_order_have_no_violation_and_all_of_them_are_counted() -> None:
    found = check([event(1), event(1, "o-2"), event(2), event(3)])
    assert found.violations == 0, found.examples
    assert found.checked == {"messages": 4, "aggregates": 2}


def test_an_event_may_come_again_at_any_later_time() -> None:
    first, second = event(1), event(2)
    found = check([first, second, first, second, second])
    assert found.violations == 0
    assert found.checked["repetitions"] == 3


@pytest.mark.parametrize("numbers", [(2, 3), (1, 3), (1, 2, 5)])
def test_a_gap_is_seen(numbers: tuple[int, ...]) -> None:
    found = check([event(number) for number in numbers])
    assert set(found.by_clause) == {"gap"}
    assert "o-1" in found.examples[0].about


def test_disorder_at_the_first_appearance_is_seen() -> None:
    assert set(check([event(1), event(3), event(2)]).by_clause) == {"out of order"}


def test_another_event_with_a_number_that_is_taken_is_seen() -> None:
    assert set(check([event(1), event(1)]).by_clause) == {"number taken twice"}


@pytest.mark.parametrize("number", [0, -1, 10_000_000])
def test_a_number_that_cannot_be_is_seen(number: int) -> None:
    assert "number out of range" in check([event(1), event(number)]).by_clause


def test_commands_are_numbered_over_both_of_their_topics() -> None:
    stock, money = "inventory.commands", "payments.commands"
    right = [event(1, topic=stock), event(3, topic=stock), event(2, topic=money)]
    assert check(right).violations == 0
    assert set(check(right[:2]).by_clause) == {"gap"}
    wrong = [event(3, topic=stock), event(1, topic=stock), event(2, topic=money)]
    assert set(check(wrong).by_clause) == {"out of order"}


def test_commands_that_the_broker_deleted_are_no_gap_but_later_ones_are() -> None:
    topic = "inventory.commands"
    cut = frozenset({topic})
    assert check([event(4, topic=topic), event(5, topic=topic)], cut).violations == 0
    assert check([event(4, topic=topic), event(6, topic=topic)], cut).violations == 1


def test_what_others_put_on_a_topic_and_what_has_no_number_is_passed_over() -> None:
    topic, forged = event(7)
    foreign = Event.from_json(forged.to_json().replace(b"/services/orders", b"/somebody"))
    assert check([(topic, foreign), event(0, topic="audit.events")]).checked == {}


def test_the_highest_number_of_a_stream_is_told() -> None:
    book = Sequences()
    for topic, made in (event(1), event(2), event(1, topic="payments.commands")):
        book.take(topic, made)
    assert book.highest(TOPIC) == {"o-1": 2}
    assert book.highest("commands") == {"o-1": 1}
