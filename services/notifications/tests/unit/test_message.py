"""A message waits, is pending, is sent; its Message-ID follows from its cause."""

from datetime import timedelta
from uuid import UUID

import pytest

from notifications.domain.contact import Recipient
from notifications.domain.message import (
    LONGEST_OUTAGE_PAUSE,
    LONGEST_PAUSE,
    Message,
    MessageSent,
    Status,
    Template,
    header_id,
)
from services.notifications.tests.fakes import NOON

CAUSE = UUID("0199aa13-0000-7000-8000-00000000feed")
RECIPIENT = Recipient("casey@souk.example", "Casey")


def message(**changes: object) -> Message:
    return Message(
        id=UUID(int=7),
        template=Template.ORDER_CONFIRMED,
        header_id="<x@souk.example>",
        cause=CAUSE,
        created_at=NOON,
        due_at=NOON,
        **changes,  # type: ignore[arg-type]
    )


def test_the_message_id_is_the_same_for_the_same_cause_and_another_for_another_template() -> None:
    first = header_id(Template.ORDER_CONFIRMED, CAUSE, "souk.example")
    assert first == f"<order-confirmed.{CAUSE}@souk.example>"
    assert first != header_id(Template.ORDER_CANCELLED, CAUSE, "souk.example")


def test_a_waiting_message_becomes_pending_when_it_is_addressed() -> None:
    waiting = message()
    assert waiting.status is Status.WAITING
    waiting.address_to(RECIPIENT, UUID(int=1))
    assert (waiting.status, waiting.recipient) == (Status.PENDING, RECIPIENT)


@pytest.mark.parametrize("status", [Status.PENDING, Status.SENT, Status.UNDELIVERABLE])
def test_a_message_is_addressed_only_once(status: Status) -> None:
    addressed = message(status=status, recipient=RECIPIENT)
    addressed.address_to(Recipient("other@souk.example", "Other"), None)
    assert (addressed.status, addressed.recipient) == (status, RECIPIENT)


def test_a_sent_message_says_so_and_forgets_its_problem() -> None:
    pending = message(status=Status.PENDING, problem="452 later", order_id=UUID(int=3))
    pending.mark_sent(NOON)
    assert (pending.status, pending.sent_at, pending.problem) == (Status.SENT, NOON, None)
    event = MessageSent(pending.id, 1, UUID(int=3), pending.template, pending.header_id)
    assert pending.events == [event]


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4), (5, 32), (30, 900)])
def test_pauses_double_up_to_the_longest_and_never_end(attempts: int, seconds: int) -> None:
    pending = message(status=Status.PENDING, attempts=attempts)
    pending.postpone(NOON, "452 later")
    assert pending.due_at == NOON + timedelta(seconds=seconds) <= NOON + LONGEST_PAUSE
    assert pending.status is Status.PENDING


def test_after_an_outage_nothing_waits_longer_than_half_a_minute() -> None:
    pending = message(status=Status.PENDING, attempts=30)
    pending.postpone(NOON, "refused", LONGEST_OUTAGE_PAUSE)
    assert pending.due_at == NOON + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Casey Customer", "Casey Customer"),
        ("Eve\r\nBcc: all@souk.example", "Eve Bcc: all@souk.example"),
        ("  a\x00\x1b\u2028 b  ", "a b"),
        ("x" * 500, "x" * 80),
        ("\n\n", "customer"),
        ("Zoë 李 🎁", "Zoë 李 🎁"),
    ],
)
def test_a_greeting_is_one_line_of_printable_text(name: str, greeting: str) -> None:
    assert Recipient("x@souk.example", name).greeting == greeting
