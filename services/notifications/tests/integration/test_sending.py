"""From the event on Kafka to the mail in the server, and what happens when the server fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.encryption import Encryption
from chassis.envelope import Event
from chassis.mail import Mail, MailPostponed, MailRefused, MailServerAway
from chassis.process import Component
from chassis.producer import EventProducer, Outgoing
from chassis.smtp import SmtpMailer, SmtpServer
from notifications.adapters.rendering import JinjaRenderer
from notifications.adapters.unit_of_work import NotificationsUnitOfWork
from notifications.application.send_messages import Sender, send_messages
from notifications.application.write_message import Cause, Notice, tell_about_order
from notifications.bootstrap import consumer, workers
from notifications.domain.contact import Recipient
from notifications.domain.message import Message, Template
from notifications.settings import NotificationsSettings
from services.notifications.tests.fakes import NOON, event, example_order
from services.notifications.tests.integration.conftest import MailServer

OpenUow = Callable[[], NotificationsUnitOfWork]
Read = Callable[..., Awaitable[list[Any]]]

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@asynccontextmanager
async def running(*components: Component) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(component.run()) for component in components]
    try:
        yield
    finally:
        await asyncio.gather(*(component.stop() for component in components))
        await asyncio.gather(*tasks)


@pytest.fixture
def senders(settings: NotificationsSettings, dsn: str, engine: AsyncEngine) -> list[Component]:
    return workers(settings, dsn, engine)


async def write(open_uow: OpenUow, *emails: str) -> None:
    """Writes one confirmation to each address."""
    async with open_uow() as uow:
        for number, email in enumerate(emails):
            order_id, guest = UUID(int=number), Recipient(email, "Gwen")
            order = example_order(order_id=order_id, customer_id=None, guest=guest)
            cause = Cause(UUID(int=number), "souk.example")
            await tell_about_order(order, Notice(Template.ORDER_CONFIRMED), cause, uow)
        await uow.commit()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


def all_sent(read: Read) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        return await read("SELECT 1 FROM messages WHERE status <> 'sent'") == []

    return condition


async def test_events_become_mails_and_the_mails_become_events(
    engines: Any,
    settings: NotificationsSettings,
    engine: AsyncEngine,
    senders: list[Component],
    server: MailServer,
    read: Read,
) -> None:
    topics = ["auth.events", "orders.events", "payments.events"]
    prefix = await engines.topic_prefix(topics)
    producer = EventProducer(engines.kafka_bootstrap)
    await producer.start()
    told = [
        event("payments.payment_refunded.v1"),
        event("orders.order_confirmed.v1"),
        event("auth.user_registered.v1"),
    ]
    headers = (("traceparent", TRACE.encode()),)
    async with running(consumer(settings, engine, prefix), *senders):
        for one in told:
            topic = f"{prefix}{one.type.split('.')[0]}.events"
            await producer.send_all([Outgoing(topic, one.subject, one.to_json(), headers)])
        await until(_count(server, 3))
        await until(all_sent(read))
    await producer.stop()
    assert set(server.ids()) == {
        f"<payment-refunded.{told[0].data['refund_id']}@souk.example>",
        f"<order-confirmed.{told[1].data['order']['order_id']}@souk.example>",
        f"<welcome.{told[2].data['user_id']}@souk.example>",
    }
    assert {mail["To"] for mail in server.mails} == {"Casey Customer <customer@souk.example>"}
    published = await read("SELECT payload, traceparent FROM outbox")
    assert {trace.split("-")[1] for _, trace in published} == {TRACE.split("-")[1]}
    causes = {Event.from_json(payload).causation_id for payload, _ in published}
    assert causes == {str(one.id) for one in told}


async def test_a_database_that_is_away_for_a_moment_makes_no_second_copy(
    open_uow: OpenUow,
    engine: AsyncEngine,
    settings: NotificationsSettings,
    server: MailServer,
    read: Read,
) -> None:
    lost = iter([False, True, True])

    class Losing(NotificationsUnitOfWork):
        async def commit(self) -> None:
            if next(lost, False):
                self.flush()
                raise ConnectionError("the database is away")
            await super().commit()

    await write(open_uow, "gwen@example.com")
    mailer = SmtpMailer(SmtpServer("127.0.0.1", server.port), settings.sender)
    renderer, encryption = JinjaRenderer("http://souk"), Encryption([b"k" * 32])
    await send_messages(Sender(lambda: Losing(engine, encryption), mailer, renderer, utcnow))
    assert await read("SELECT status FROM messages") == [("sent",)]
    assert (len(server.mails), len(await read("SELECT 1 FROM outbox"))) == (1, 1)


async def test_a_mail_is_in_the_server_a_moment_after_its_event_was_taken_in(
    open_uow: OpenUow, senders: list[Component], server: MailServer
) -> None:
    """The poll is a second; only the wake-up can be as fast as this."""
    async with running(*senders):
        await asyncio.sleep(0.5)
        for number in range(1, 4):
            started = asyncio.get_running_loop().time()
            async with open_uow() as uow:
                order_id, guest = UUID(int=number), Recipient("g@example.com", "G")
                order = example_order(order_id=order_id, customer_id=None, guest=guest)
                cause = Cause(UUID(int=number), "souk.example")
                await tell_about_order(order, Notice(Template.ORDER_CONFIRMED), cause, uow)
                await uow.commit()
            await until(_count(server, number))
            if asyncio.get_running_loop().time() - started < 0.5:
                return
    raise AssertionError("three mails took half a second each")


async def test_while_the_mail_server_is_down_messages_wait_and_then_go_out_once(
    open_uow: OpenUow, senders: list[Component], server: MailServer, read: Read
) -> None:
    await server.down()
    await write(open_uow, *(f"guest-{n}@example.com" for n in range(5)))

    async def tried() -> bool:
        return await read("SELECT 1 FROM messages WHERE problem IS NULL") == []

    async with running(*senders):
        await until(tried)
        assert await read("SELECT DISTINCT status FROM messages") == [("pending",)]
        await server.up()
        await until(all_sent(read))
    assert len(server.mails) == len(set(server.ids())) == 5


async def test_one_refused_address_does_not_stop_the_others(
    open_uow: OpenUow, senders: list[Component], server: MailServer, read: Read
) -> None:
    server.answer = lambda address: "550 no such user" if address.startswith("nobody") else None
    await write(open_uow, "nobody@example.com", "a@example.com", "bad address", "b@example.com")

    async def settled() -> bool:
        return await read("SELECT 1 FROM messages WHERE status = 'pending'") == []

    async with running(*senders):
        await until(settled)
    states = dict(await read("SELECT email, status FROM messages"))
    assert states == {
        "nobody@example.com": "undeliverable",
        "bad address": "undeliverable",
        "a@example.com": "sent",
        "b@example.com": "sent",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 no such user", MailRefused),
        ("452 mailbox full", MailPostponed),
        ("554 relay access denied", MailPostponed),
        ("421 closing", MailServerAway),
    ],
)
async def test_an_answer_of_the_server_is_told_apart_by_what_it_means(
    server: MailServer, answer: str, error: type[Exception]
) -> None:
    server.answer = lambda _address: answer
    mailer = SmtpMailer(SmtpServer("127.0.0.1", server.port), NotificationsSettings().sender)
    async with mailer.connect() as connection:
        with pytest.raises(error):
            await connection.send(_welcome())


async def test_a_server_that_never_answers_is_away_after_the_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chassis.smtp.TIMEOUT_SECONDS", 0.2)
    silent = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    mailer = SmtpMailer(SmtpServer("127.0.0.1", port), NotificationsSettings().sender)
    with pytest.raises(MailServerAway):
        async with mailer.connect():
            pass
    silent.close()


async def test_a_server_that_falls_silent_in_the_middle_is_away_before_the_lease_ends(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.smtp._MAIL_SECONDS", 0.2)
    mailer = SmtpMailer(SmtpServer("127.0.0.1", server.port), NotificationsSettings().sender)
    server.delay = 1.0
    async with mailer.connect() as connection:
        with pytest.raises(MailServerAway):
            await connection.send(_welcome())


async def _say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1)
    writer.close()


def _welcome() -> Mail:
    message = Message(UUID(int=1), Template.WELCOME, "<w.1@souk.example>", UUID(int=1), NOON, NOON)
    return JinjaRenderer("http://souk").render(message, Recipient("a@example.com", "A"), None)


def _count(server: MailServer, count: int) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        return len(server.mails) >= count

    return condition
