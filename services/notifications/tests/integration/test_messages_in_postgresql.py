"""The repositories over PostgreSQL: addressing whichever side comes first, and claims."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.context import conversation
from chassis.envelope import Event
from notifications.adapters.queries import SqlQueries
from notifications.adapters.unit_of_work import NotificationsUnitOfWork
from notifications.application.address_messages import address_messages
from notifications.application.change_preferences import change_preferences
from notifications.application.queries import MessageFilter
from notifications.application.write_message import (
    Cause,
    Notice,
    learn_order,
    tell_about_order,
    tell_about_payment,
    welcome,
)
from notifications.domain.contact import Contact, Recipient
from notifications.domain.message import Status, Template
from notifications.domain.order import Amounts, Money
from notifications.domain.ports import DueMessage
from services.notifications.tests.fakes import example_order

OpenUow = Callable[[], NotificationsUnitOfWork]
Read = Callable[..., Awaitable[list[Any]]]

CASEY = Contact(
    UUID("01990000-0000-7000-8000-0000000000f1"), 1, Recipient("casey@souk.example", "Casey")
)
CONFIRMED = Notice(Template.ORDER_CONFIRMED)
STATES = "SELECT template, status, email FROM messages ORDER BY id"
LEASE = timedelta(seconds=60)


def cause() -> Cause:
    return Cause(uuid4(), "souk.example")


async def learn(uow: NotificationsUnitOfWork, contact: Contact = CASEY) -> None:
    await welcome(contact, True, cause(), uow)


async def confirm(uow: NotificationsUnitOfWork, **changes: Any) -> None:
    await tell_about_order(example_order(**changes), CONFIRMED, cause(), uow)


async def confirm_another(uow: NotificationsUnitOfWork) -> None:
    await confirm(uow, order_id=uuid4())


async def refund(uow: NotificationsUnitOfWork) -> None:
    notice = Notice(Template.PAYMENT_REFUNDED, {"amount": {"amount": 5, "currency": "GBP"}})
    await tell_about_payment(example_order().order_id, notice, cause(), uow)


async def commit(open_uow: OpenUow, *steps: Callable[..., Awaitable[None]]) -> None:
    async with open_uow() as uow:
        for step in steps:
            await step(uow)
        await uow.commit()


async def claim(open_uow: OpenUow, limit: int = 10) -> list[DueMessage]:
    now = utcnow()
    async with open_uow() as uow:
        due = await uow.messages.claim(now, now + LEASE, limit)
        await uow.commit()
    return due


async def test_a_message_is_addressed_by_the_contact_that_was_there_first(
    open_uow: OpenUow, read: Read
) -> None:
    await commit(open_uow, learn)
    await commit(open_uow, confirm)
    assert await read(STATES) == [("order_confirmed", "pending", "casey@souk.example")]


async def test_a_message_is_addressed_by_the_contact_that_comes_later(
    open_uow: OpenUow, read: Read
) -> None:
    await commit(open_uow, confirm)
    assert await read(STATES) == [("order_confirmed", "waiting", None)]
    await commit(open_uow, learn)
    assert await read(STATES) == [("order_confirmed", "pending", "casey@souk.example")]


async def test_a_message_and_its_contact_may_come_in_one_batch(
    open_uow: OpenUow, read: Read
) -> None:
    await commit(open_uow, refund, confirm, learn)
    assert {status for _, status, _ in await read(STATES)} == {"pending"}


async def test_an_event_that_the_inbox_forgot_makes_no_second_message(
    open_uow: OpenUow, read: Read
) -> None:
    known = cause()

    async def confirmed(uow: NotificationsUnitOfWork) -> None:
        await tell_about_order(example_order(), CONFIRMED, known, uow)

    await commit(open_uow, learn, confirmed)
    [due] = await claim(open_uow)
    await commit(open_uow, confirmed, confirm)
    assert await read("SELECT id FROM messages") == [(due.message.id,)]


async def test_a_refund_finds_its_recipient_through_the_order(
    open_uow: OpenUow, read: Read
) -> None:
    await commit(open_uow, refund)
    await commit(open_uow, confirm)
    await commit(open_uow, learn)
    await address_messages(open_uow())
    rows = await read("SELECT template, status, user_id FROM messages ORDER BY id")
    assert rows == [
        ("payment_refunded", "pending", CASEY.user_id),
        ("order_confirmed", "pending", CASEY.user_id),
    ]


async def test_a_guests_message_goes_to_the_orders_address(open_uow: OpenUow, read: Read) -> None:
    guest = Recipient("guest@example.com", "Gwen")
    async with open_uow() as uow:
        await confirm(uow, customer_id=None, guest=guest)
        await refund(uow)
        await uow.commit()
    assert {address for _, _, address in await read(STATES)} == {"guest@example.com"}


async def test_contact_and_order_taken_in_at_the_same_moment_are_brought_together(
    open_uow: OpenUow, read: Read
) -> None:
    async with open_uow() as first, open_uow() as second:
        await learn(first)
        await confirm(second)
        await second.contacts.write()
        await first.messages.write(await first.contacts.write(), ())
        await second.messages.write((), await second.orders.write())
        await first.commit()
        await second.commit()
    assert await read(STATES) == [("order_confirmed", "waiting", None)]
    await address_messages(open_uow())
    assert await read(STATES) == [("order_confirmed", "pending", "casey@souk.example")]


async def test_a_claim_carries_the_order_and_the_conversation(open_uow: OpenUow) -> None:
    with conversation("conversation-7"):
        await commit(open_uow, learn, confirm)
    [due] = await claim(open_uow)
    assert due.order == example_order()
    assert due.correlation_id == "conversation-7"
    assert (due.message.attempts, due.message.recipient) == (1, CASEY.recipient)


async def test_many_senders_never_claim_the_same_message(open_uow: OpenUow) -> None:
    await commit(open_uow, learn, *([confirm_another] * 40))
    batches = await asyncio.gather(*(claim(open_uow, 7) for _ in range(8)))
    claimed = [due.message.id for batch in batches for due in batch]
    assert len(claimed) == len(set(claimed)) == 40


async def test_a_claimed_message_comes_back_when_its_lease_ends_and_the_late_one_writes_nothing(
    open_uow: OpenUow, read: Read
) -> None:
    await commit(open_uow, learn, confirm)
    [first] = await claim(open_uow)
    assert await claim(open_uow) == []
    later = utcnow() + LEASE + timedelta(seconds=1)
    async with open_uow() as uow:
        [second] = await uow.messages.claim(later, later + LEASE, 10)
        await uow.commit()
    for due, saved in ((first, False), (second, True), (second, False)):
        due.message.mark_sent(utcnow())
        async with open_uow() as uow:
            assert await uow.messages.save(due.message, due.lease) is saved
            await uow.commit()
    [(payload,)] = await read("SELECT payload FROM outbox")
    assert Event.from_json(payload).data["message_header_id"] == first.message.header_id


async def test_queries_filter_and_start_behind_the_last_id(
    open_uow: OpenUow, engine: AsyncEngine
) -> None:
    await commit(open_uow, learn, confirm, refund)
    queries = SqlQueries(engine)
    newest, oldest = await queries.messages(MessageFilter(user_id=CASEY.user_id), None, 10)
    assert (newest.template, oldest.template) == (
        Template.PAYMENT_REFUNDED,
        Template.ORDER_CONFIRMED,
    )
    assert await queries.messages(MessageFilter(), newest.id, 10) == [oldest]
    assert await queries.messages(MessageFilter(status=Status.SENT), None, 10) == []
    assert await queries.messages(MessageFilter(user_id=uuid4()), None, 10) == []
    assert await queries.message(oldest.id) == oldest
    assert await queries.message(uuid4()) is None


async def test_what_is_turned_off_is_kept_as_left_out_and_never_claimed(
    open_uow: OpenUow, read: Read
) -> None:
    off = {Template.ORDER_PACKED: False}
    for _ in range(2):
        await change_preferences(CASEY.user_id, None, off, None, open_uow())
    changed = await change_preferences(CASEY.user_id, None, {}, None, open_uow())
    assert (changed.version, set(changed.turned_off)) == (3, {Template.ORDER_PACKED})

    async def packed(uow: NotificationsUnitOfWork) -> None:
        await tell_about_order(example_order(), Notice(Template.ORDER_PACKED), cause(), uow)

    await commit(open_uow, packed, learn, confirm)
    assert await read(STATES) == [
        ("order_packed", "left_out", None),
        ("order_confirmed", "pending", "casey@souk.example"),
    ]
    assert [due.message.template for due in await claim(open_uow)] == [Template.ORDER_CONFIRMED]


async def test_news_that_do_not_name_the_status_leave_it_as_it_was(
    open_uow: OpenUow, read: Read
) -> None:
    amounts = Amounts(*(Money(amount, "GBP") for amount in (1770, 0, 395, 0)))
    for version, status in ((1, "confirmed"), (3, None), (2, "pending")):
        async with open_uow() as uow:
            learn_order(example_order(version=version, status=status, amounts=amounts), uow)
            await uow.commit()
    assert await read("SELECT version, status, amounts FROM orders") == [
        (3, "confirmed", [1770, 0, 395, 0])
    ]
    async with open_uow() as uow:
        learn_order(example_order(version=4, status="packed", amounts=amounts), uow)
        learn_order(example_order(version=5, amounts=amounts), uow)
        await confirm(uow, version=6, customer_id=None, guest=CASEY.recipient, amounts=amounts)
        await uow.commit()
    [due] = await claim(open_uow)
    assert due.order is not None
    assert (due.order.status, due.order.amounts) == ("packed", amounts)
