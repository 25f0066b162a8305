"""Events become messages, under the chassis' delivery; contacts may come first or last."""

from typing import Any
from uuid import UUID

import pytest

from chassis.delivery import Delivery, Message
from chassis.envelope import Event, MalformedEvent
from notifications.consumers import auth_events, order_events, payment_events
from notifications.domain.contact import Recipient
from notifications.domain.message import Status, Template
from notifications.domain.preferences import Preferences
from services.notifications.tests.fakes import FakeUnitOfWork, Mailroom, event, example

CUSTOMER = UUID("01990000-0000-7000-8000-0000000000f1")
CASEY = Recipient("customer@souk.example", "Casey Customer")
REGISTERED = "auth.user_registered.v1"
CONFIRMED = "orders.order_confirmed.v1"
PLACED = "orders.order_placed.v1"
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


LIFE = [
    ("orders.order_packed.v1", "order-packed", "order_id"),
    ("orders.order_shipped.v1", "order-shipped", "shipment_id"),
    ("orders.order_delivered.v1", "order-delivered", "shipment_id"),
    ("orders.return_requested.v1", "return-requested", "return_id"),
    ("orders.return_received.v1", "return-received", "return_id"),
    ("orders.return_refused.v1", "return-refused", "return_id"),
    ("orders.refund_failed.v1", "refund-failed", "refund_id"),
    (REFUNDED, "payment-refunded", "refund_id"),
    ("payments.capture_failed.v1", "capture-failed", "shipment_id"),
]


@pytest.mark.parametrize(("kind", "name", "about"), LIFE)
async def test_each_step_has_a_message_whose_id_is_that_of_what_it_is_about(
    room: Mailroom, kind: str, name: str, about: str
) -> None:
    await deliver(room, event(REGISTERED, imported=True), event(PLACED), event(kind))
    message, data = room.only(), example(kind)
    thing = data.get(about) or data["order"][about]
    assert message.header_id == f"<{name}.{thing}@souk.example>"
    assert (message.recipient, message.status) == (CASEY, Status.PENDING)


@pytest.mark.parametrize("kind", [CONFIRMED, *(kind for kind, _, _ in LIFE)])
async def test_the_same_news_is_told_once_whatever_is_repeated(room: Mailroom, kind: str) -> None:
    told = event(kind)
    await deliver(room, event(PLACED), told, told, event(kind, sequence=9))
    assert room.only().cause == told.id


async def test_two_parcels_and_two_refunds_of_one_order_are_four_messages(room: Mailroom) -> None:
    shipped, other = "orders.order_shipped.v1", str(UUID(int=7))
    await deliver(room, event(PLACED), event(shipped), event(REFUNDED))
    await deliver(room, event(shipped, 5, shipment_id=other), event(REFUNDED, 2, refund_id=other))
    assert len({message.header_id for message in room.messages.values()}) == 4


async def test_a_refund_by_hand_is_told_although_it_has_no_id(room: Mailroom) -> None:
    by_hand = [event(REFUNDED, n, refund_id=None) for n in (1, 2)]
    await deliver(room, event(PLACED), *by_hand)
    ids = {message.header_id for message in room.messages.values()}
    assert ids == {f"<payment-refunded.{one.id}@souk.example>" for one in by_hand}


@pytest.mark.parametrize(
    ("news", "status"),
    [
        ([(PLACED, {})], "pending"),
        ([(CONFIRMED, {})], "confirmed"),
        ([("orders.order_shipped.v1", {"complete": False})], "partially_shipped"),
        ([("orders.order_shipped.v1", {})], "shipped"),
        ([("orders.order_shipped.v1", {}), ("orders.order_delivered.v1", {})], "delivered"),
        (
            [("orders.order_shipped.v1", {}), ("orders.order_delivered.v1", {"complete": False})],
            "shipped",
        ),
        ([("orders.order_delivered.v1", {}), ("orders.return_requested.v1", {})], "delivered"),
        (
            [("orders.order_delivered.v1", {}), ("orders.return_received.v1", {"complete": False})],
            "delivered",
        ),
        (
            [("orders.order_delivered.v1", {}), ("orders.return_received.v1", {"complete": True})],
            "returned",
        ),
        (
            [("orders.return_received.v1", {"complete": True}), ("orders.order_refunded.v1", {})],
            "returned",
        ),
    ],
)
async def test_an_order_stands_where_its_events_have_brought_it(
    room: Mailroom, news: list[tuple[str, dict[str, Any]]], status: str
) -> None:
    for number, (kind, changes) in enumerate(news, start=2):
        await deliver(room, event(kind, number, **changes))
    [order] = room.orders.values()
    assert order.status == status


async def test_what_a_customer_has_turned_off_is_left_out_and_on_record(room: Mailroom) -> None:
    packed, shipped = Template.ORDER_PACKED, Template.ORDER_SHIPPED
    room.preferences[CUSTOMER] = Preferences(CUSTOMER, turned_off=frozenset({packed}))
    news = [event("orders.order_packed.v1", 3), event("orders.order_shipped.v1", 4)]
    await deliver(room, event(REGISTERED, imported=True), event(CONFIRMED), *news)
    assert dict(templates(room)) == {
        Template.ORDER_CONFIRMED: Status.PENDING,
        packed: Status.LEFT_OUT,
        shipped: Status.PENDING,
    }


async def test_a_guest_is_told_everything(room: Mailroom) -> None:
    room.preferences[CUSTOMER] = Preferences(CUSTOMER, informational=False)
    await deliver(room, event("orders.order_packed.v1", customer_id=None, contact=GUEST))
    assert room.only().status is Status.PENDING


async def test_older_news_of_an_order_does_not_replace_newer(room: Mailroom) -> None:
    newer = event("orders.order_cancelled.v1", sequence=4, reference="new")
    await deliver(room, newer, event(CONFIRMED, sequence=2, reference="old"))
    [order] = room.orders.values()
    assert (order.reference, order.version) == ("new", 4)


@pytest.mark.parametrize(
    "kind", [PLACED, "orders.order_refunded.v1", "payments.payment_captured.v1"]
)
async def test_nobody_is_told_what_they_know_already(room: Mailroom, kind: str) -> None:
    await deliver(room, event(kind))
    assert room.messages == {}


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
