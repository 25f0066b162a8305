"""The sender: one connection for a batch, every outcome remembered, no lease outlived."""

from uuid import UUID

import pytest
import structlog

from chassis.mail import MailPostponed, MailRefused, MailServerAway
from notifications.adapters.rendering import JinjaRenderer
from notifications.application.send_messages import BATCH, LEASE, MARGIN, Sender, send_messages
from notifications.domain.contact import Recipient
from notifications.domain.message import Message, Status, Template
from services.notifications.tests.fakes import (
    NOON,
    FakeClock,
    FakeMailer,
    FakeUnitOfWork,
    Mailroom,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def fill(room: Mailroom, count: int) -> None:
    for number in range(1, count + 1):
        room.messages[UUID(int=number)] = Message(
            id=UUID(int=number),
            template=Template.WELCOME,
            header_id=f"<welcome.{number}@souk.example>",
            cause=UUID(int=1000 + number),
            created_at=NOON,
            due_at=NOON,
            recipient=Recipient(f"user-{number}@souk.example", "User"),
            status=Status.PENDING,
        )


def sender(room: Mailroom, mailer: FakeMailer, clock: FakeClock) -> Sender:
    return Sender(lambda: FakeUnitOfWork(room), mailer, JinjaRenderer("http://souk"), clock)


def statuses(room: Mailroom) -> list[str]:
    return [message.status.value for message in room.messages.values()]


async def test_a_batch_goes_over_one_connection_and_is_remembered_as_sent(
    room: Mailroom, clock: FakeClock
) -> None:
    fill(room, 3)
    mailer = FakeMailer()
    assert await send_messages(sender(room, mailer, clock)) is False
    assert statuses(room) == ["sent"] * 3
    assert mailer.connections == 1
    assert [mail.header_id for mail in mailer.taken] == [event.header_id for event in room.sent]


async def test_each_mail_that_was_sent_leaves_a_line_without_its_address(
    room: Mailroom, clock: FakeClock
) -> None:
    fill(room, 2)
    with structlog.testing.capture_logs() as lines:
        await send_messages(sender(room, FakeMailer(), clock))
    assert [(line["event"], line["message_id"]) for line in lines] == [
        ("mail_sent", str(UUID(int=1))),
        ("mail_sent", str(UUID(int=2))),
    ]
    assert "@" not in str(lines)


async def test_a_full_batch_asks_to_be_called_again_at_once(
    room: Mailroom, clock: FakeClock
) -> None:
    fill(room, BATCH + 1)
    send = sender(room, FakeMailer(), clock)
    assert await send_messages(send) is True
    assert await send_messages(send) is False
    assert statuses(room) == ["sent"] * (BATCH + 1)


async def test_without_messages_no_connection_is_opened(room: Mailroom, clock: FakeClock) -> None:
    mailer = FakeMailer()
    assert await send_messages(sender(room, mailer, clock)) is False
    assert mailer.connections == 0


async def test_while_the_server_is_away_messages_stay_and_are_tried_again_without_end(
    room: Mailroom, clock: FakeClock
) -> None:
    fill(room, 2)
    mailer = FakeMailer()
    mailer.away = MailServerAway("connection refused")
    for _ in range(40):
        await send_messages(sender(room, mailer, clock))
        clock.move(seconds=30)
    assert statuses(room) == ["pending"] * 2
    assert room.messages[UUID(int=1)].attempts == 40
    assert room.messages[UUID(int=1)].problem == "connection refused"
    mailer.away = None
    await send_messages(sender(room, mailer, clock))
    assert statuses(room) == ["sent"] * 2


async def test_a_connection_lost_in_the_middle_keeps_what_was_sent_and_postpones_the_rest(
    room: Mailroom, clock: FakeClock
) -> None:
    fill(room, 3)
    mailer = FakeMailer(None, MailServerAway("lost"))
    await send_messages(sender(room, mailer, clock))
    assert statuses(room) == ["sent", "pending", "pending"]
    assert await send_messages(sender(room, mailer, clock)) is False
    assert len(mailer.taken) == 1
    clock.move(seconds=2)
    await send_messages(sender(room, mailer, clock))
    assert statuses(room) == ["sent"] * 3


async def test_a_refused_address_is_given_up_and_holds_nobody_up(
    room: Mailroom, clock: FakeClock
) -> None:
    fill(room, 3)
    mailer = FakeMailer(MailRefused("550 no such user"), MailPostponed("452 later"), None)
    await send_messages(sender(room, mailer, clock))
    assert statuses(room) == ["undeliverable", "pending", "sent"]
    assert room.messages[UUID(int=1)].problem == "550 no such user"
    assert len(room.sent) == 1


async def test_a_message_whose_template_fails_is_postponed(
    room: Mailroom, clock: FakeClock
) -> None:
    fill(room, 1)
    room.only().template = Template.PAYMENT_REFUNDED
    await send_messages(sender(room, FakeMailer(), clock))
    assert statuses(room) == ["pending"]
    assert str(room.only().problem).startswith("template payment_refunded:")


async def test_no_send_begins_that_could_outlive_its_lease(
    room: Mailroom, clock: FakeClock
) -> None:
    fill(room, 3)

    class SlowMailer(FakeMailer):
        async def send(self, mail: object) -> None:
            clock.now += LEASE - MARGIN

    await send_messages(sender(room, SlowMailer(), clock))
    assert statuses(room) == ["sent", "pending", "pending"]


async def test_who_lost_the_lease_publishes_nothing(room: Mailroom, clock: FakeClock) -> None:
    fill(room, 1)

    class PausedMailer(FakeMailer):
        async def send(self, mail: object) -> None:
            clock.now += LEASE
            await send_messages(sender(room, FakeMailer(), clock))

    await send_messages(sender(room, PausedMailer(), clock))
    assert statuses(room) == ["sent"]
    assert len(room.sent) == 1


class LosingItsStore(FakeUnitOfWork):
    """After the claim the database is away for some commits."""

    away = 0

    async def commit(self) -> None:
        cls = type(self)
        if any(message.attempts for message in self.room.messages.values()) and cls.away > 0:
            cls.away -= 1
            raise ConnectionError("the database is away")
        await super().commit()


async def test_what_the_server_took_is_remembered_once_the_database_is_back(
    room: Mailroom, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.application.send_messages.SAVE_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(LosingItsStore, "away", 3)
    fill(room, 2)
    mailer = FakeMailer()
    over = Sender(lambda: LosingItsStore(room), mailer, JinjaRenderer("http://souk"), clock)
    await send_messages(over)
    clock.now += LEASE
    await send_messages(over)
    assert statuses(room) == ["sent"] * 2
    assert (len(mailer.taken), len(room.sent)) == (2, 2)


async def test_nobody_waits_for_the_database_longer_than_the_lease(
    room: Mailroom, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.application.send_messages.SAVE_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(LosingItsStore, "away", 99)
    fill(room, 1)

    class SlowMailer(FakeMailer):
        async def send(self, mail: object) -> None:
            clock.now += LEASE

    over = Sender(lambda: LosingItsStore(room), SlowMailer(), JinjaRenderer("http://souk"), clock)
    with pytest.raises(ConnectionError):
        await send_messages(over)
