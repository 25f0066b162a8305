"""I5: an effect that is missing or doubled is named, for messages and for mails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from chassis.envelope import Event, new_event
from native.verify.findings import Findings
from native.verify.invariants.effects import Effects, mark
from native.verify.invariants.mails import MessageRow, ReceivedMail, check_mails

TOPIC, GROUP = "orders.events", "notifications"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def event(type: str = "orders.order_confirmed.v1", cause: str | None = None) -> Event:
    return new_event(
        source="/services/orders",
        type=type,
        subject="o-1",
        sequence=1,
        data={},
        id=uuid4(),
        causation_id=cause,
    )


def effects(seen: list[Event], since: datetime = LONG_AGO) -> Effects:
    return Effects({GROUP: [mark(one.id) for one in seen]}, since)


def check(judged: Effects, topic: list[Event], cut: bool = False) -> Findings:
    for one in topic:
        judged.take(TOPIC, one)
    return judged.finish(cut)


def test_each_message_taken_in_once_has_no_violation_and_is_counted() -> None:
    first, second, other = event(), event(), event("orders.order_placed.v1")
    found = check(effects([first, second]), [first, other, second, second])
    assert found.violations == 0, found.examples
    assert found.checked["inbox rows"] == 2


def test_a_message_that_a_consumer_passed_over_is_seen() -> None:
    first, lost = event(), event()
    found = check(effects([first]), [first, lost])
    assert set(found.by_clause) == {"no effect"}
    assert str(lost.id) in found.examples[0].about


def test_a_message_that_was_passed_over_is_seen_though_another_partition_is_read_later() -> None:
    first, lost = event(), event()
    before = replace(event(), time=first.time - timedelta(seconds=5))
    found = check(effects([first]), [before, lost, first])
    assert found.by_clause == {"no effect": 1}
    assert str(lost.id) in found.examples[0].about


def test_a_type_that_a_consumer_never_handled_is_none_of_its() -> None:
    first, others = event(), [event("orders.order_placed.v1") for _ in range(3)]
    assert check(effects([first]), [first, *others]).violations == 0


def test_messages_from_before_inboxes_were_emptied_are_not_judged() -> None:
    first, old = event(), replace(event(), time=datetime.now(UTC) - timedelta(days=40))
    assert (
        check(effects([first], datetime.now(UTC) - timedelta(days=29)), [first, old]).violations
        == 0
    )


def test_a_message_of_somebody_else_is_not_judged() -> None:
    first, foreign = event(), replace(event(), source="/poison")
    assert check(effects([first]), [first, foreign]).violations == 0


def test_a_message_of_somebody_else_that_was_handled_is_not_lost() -> None:
    strange = replace(event(), source="/chaos")
    assert check(effects([strange]), [strange]).violations == 0


def test_a_handled_message_that_no_topic_has_is_lost() -> None:
    first, lost = event(), event()
    assert set(check(effects([first, lost]), [first]).by_clause) == {"message lost"}
    assert check(effects([first, lost]), [first], cut=True).violations == 0


def test_two_answers_to_one_message_are_two_effects() -> None:
    command = str(uuid4())
    first, second = event(cause=command), event(cause=command)
    found = check(effects([first, second]), [first, first, second])
    assert set(found.by_clause) == {"two effects"}
    assert command in found.examples[0].about


def test_different_answers_to_one_message_are_well() -> None:
    command = str(uuid4())
    answers = [event(cause=command), event("orders.order_placed.v1", cause=command), event()]
    answers.append(replace(event(cause=command), subject="o-2"))
    found = check(effects([]), answers)
    assert found.violations == 0
    assert found.checked["answers"] == 3


def test_two_rows_for_one_cause_are_two_effects() -> None:
    judged = effects([])
    judged.rows("movements", 7, {"command 85123A reserved": 2})
    found = judged.finish(cut=False)
    assert found.by_clause == {"two effects": 1}
    assert found.checked["movements"] == 7


NOW = 1_800_000_000.0
SENT = MessageRow("m-1", "<a@x>", "order_confirmed", "o-1", "", "sent", 1, NOW)
PARCEL = MessageRow("m-2", "<b@x>", "order_shipped", "o-1", "s-1", "sent", 1, NOW)
GREETING = MessageRow("m-3", "<c@x>", "welcome", None, "", "pending", 0, 0.0)
ROWS = [SENT, PARCEL, replace(PARCEL, id="m-4", header_id="<d@x>", subject="s-2"), GREETING]
MAILS = [ReceivedMail(row.header_id, row.template, NOW - 1) for row in ROWS[:3]]
MAILS.append(ReceivedMail("<v@x>", "verify_email", NOW))
TEMPLATES = frozenset({"order_confirmed", "order_shipped", "welcome"})


def check_mailbox(rows: list[MessageRow], mails: list[ReceivedMail]) -> Findings:
    found = Findings("I5", "")
    check_mails(rows, mails, TEMPLATES, found)
    return found


def test_each_message_with_its_mail_has_no_violation_and_is_counted() -> None:
    found = check_mailbox(ROWS, MAILS)
    assert found.violations == 0, found.examples
    assert found.checked == {"messages": 4, "mails": 3}


def test_an_order_is_told_of_each_thing_once() -> None:
    again = replace(SENT, id="m-9", header_id="<e@x>", status="pending")
    assert set(check_mailbox([*ROWS, again], MAILS).by_clause) == {"told twice"}


def test_a_mail_of_which_no_message_knows() -> None:
    stray = ReceivedMail("<z@x>", "welcome", NOW)
    assert set(check_mailbox(ROWS, [*MAILS, stray]).by_clause) == {"mail without a message"}


def test_a_message_that_is_said_to_be_sent_and_never_arrived() -> None:
    found = check_mailbox(ROWS, MAILS[1:])
    assert set(found.by_clause) == {"message without a mail"}
    assert found.examples[0].about == SENT.header_id


def test_a_mailbox_that_was_emptied_is_not_asked_for_what_it_had() -> None:
    assert check_mailbox(ROWS, []).violations == 0
    assert (
        check_mailbox(ROWS, [replace(MAILS[3], template="welcome", header_id="<c@x>")]).violations
        == 0
    )


def test_a_crash_between_sending_and_noting_it_explains_a_copy() -> None:
    copied = [*MAILS, MAILS[0]]
    assert set(check_mailbox(ROWS, copied).by_clause) == {"too many copies"}
    found = check_mailbox([replace(SENT, attempts=2), *ROWS[1:]], copied)
    assert found.violations == 0
    assert len(found.notes) == 1
