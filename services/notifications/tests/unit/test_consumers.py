"""Events become messages, under the chassis' delivery; contacts may come first or last."""

from typing import Any
from uuid import UUID

import pytest

from chassis.delivery import Delivery, Message
from chassis.envelope import Event, MalformedEvent
from notifications.consumers import auth_events, order_events, payment_events
from notifications.domain.contact import Recipient
from notifications.domain.message import Status, Template
from services.notifications.tests.fakes import FakeUnitOfWork, Mailroom, event

CUSTOMER = UUID("01990000-0000-7000-8000-0000000000f1")
CASEY = Recipient("customer@souk.example", "Casey Customer")
REGISTERED = "auth.user_registered.v1"
CONFIRMED = "orders.order_confirmed.v1"
REFUNDED = "payments.payment_refunded.v1"
GUEST = {"email": "guest@example.com", "name": "Gwen Guest"}


async def deliver(room: Mailroom, *events: Event) -> None:
    """Each event in a batch of its own."""
    handlers: dict[str, Any] = {}
    for source in (auth_events, order_events, payment_events):
        handlers |= source.handlers("souk.example")
    delivery: Delivery[Any] = Delivery("notifications", handlers, lambda: FakeUnitOfWork(room))
    for one in events:
        await delivery.deliver([Message("topic", 0, 0, b"", one.to_json())])


def templates(room: Mailroom) -> list[tuple[Template, Status]]:
    return [(message.template, message.status) for message in room.messages.values()]


async def test_a_new_account_is_known_and_welcomed(room: Mailroom) -> None:
    await deliver(room, event(REGISTERED))
    message = room.only()
    assert (message.template, message.status) == (Template.WELCOME, Status.PENDING)
    assert (message.recipient, message.user_id) == (CASEY, CUSTOMER)


async def test_an_imported_account_is_known_and_not_welcomed(room: Mailroom) -> None:
    await deliver(room, event(REGISTERED, imported=True))
    assert room.messages == {}
    assert room.contacts[CUSTOMER].recipient == CASEY


@pytest.mark.parametrize(
    ("kind", "template", "details"),
    [
        (CONFIRMED, Template.ORDER_CONFIRMED, {}),
        ("orders.order_cancelled.v1", Template.ORDER_CANCELLED, {"cancelled_by": "customer"}),
        (
            "orders.order_rejected.v1",
            Template.ORDER_REJECTED,
            {
                "reason": "out_of_stock",
                "shortages": [
                    {
                        "sku": "85123A",
                        "requested": 6,
                        "available": 2,
                        "name": "WHITE HANGING HEART T-LIGHT HOLDER",
                    }
                ],
            },
        ),
    ],
)
async def test_what_becomes_of_an_order_is_told_to_its_customer(
    room: Mailroom, kind: str, template: Template, details: dict[str, Any]
) -> None:
    await deliver(room, event(REGISTERED, imported=True), event(kind))
    message = room.only()
    assert (message.template, message.recipient, message.user_id) == (template, CASEY, CUSTOMER)
    assert message.details == details
    assert message.status is Status.PENDING


async def test_a_guest_is_told_at_the_address_of_the_order(room: Mailroom) -> None:
    await deliver(room, event(CONFIRMED, customer_id=None, contact=GUEST))
    message = room.only()
    assert (message.recipient, message.user_id) == (Recipient(**GUEST), None)
    assert message.status is Status.PENDING


async def test_a_message_waits_until_its_recipient_is_known(room: Mailroom) -> None:
    await deliver(room, event(CONFIRMED))
    assert room.only().status is Status.WAITING
    await deliver(room, event(REGISTERED, imported=True))
    assert (room.only().status, room.only().recipient) == (Status.PENDING, CASEY)


async def test_a_refund_that_overtakes_its_order_waits_for_it(room: Mailroom) -> None:
    await deliver(room, event(REGISTERED, imported=True), event(REFUNDED))
    assert room.only().status is Status.WAITING
    await deliver(room, event(CONFIRMED))
    assert set(templates(room)) == {
        (Template.PAYMENT_REFUNDED, Status.PENDING),
        (Template.ORDER_CONFIRMED, Status.PENDING),
    }


async def test_an_event_that_comes_twice_is_told_once(room: Mailroom) -> None:
    confirmed = event(CONFIRMED)
    await deliver(room, confirmed, confirmed)
    assert room.only().header_id == f"<order-confirmed.{confirmed.id}@souk.example>"


async def test_two_refunds_of_one_order_are_two_messages(room: Mailroom) -> None:
    await deliver(room, event(CONFIRMED), event(REFUNDED), event(REFUNDED, sequence=2))
    assert len({message.header_id for message in room.messages.values()}) == 3


async def test_older_news_of_an_order_does_not_replace_newer(room: Mailroom) -> None:
    newer = event("orders.order_cancelled.v1", sequence=4, reference="new")
    await deliver(room, newer, event(CONFIRMED, sequence=2, reference="old"))
    [order] = room.orders.values()
    assert (order.reference, order.version) == ("new", 4)


@pytest.mark.parametrize("kind", ["orders.order_placed.v1", "payments.payment_captured.v1"])
async def test_nobody_is_told_what_they_know_already(room: Mailroom, kind: str) -> None:
    await deliver(room, event(kind))
    assert room.commits == 0


@pytest.mark.parametrize(
    "bad",
    [
        event(CONFIRMED, total=None),
        event(CONFIRMED, lines="none"),
        event(REFUNDED, amount={"amount": 1.5, "currency": "GBP"}),
        event(REGISTERED, email=""),
    ],
)
async def test_a_malformed_event_is_an_error_of_the_message(room: Mailroom, bad: Event) -> None:
    with pytest.raises(MalformedEvent):
        await deliver(room, bad)
