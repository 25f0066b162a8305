"""What this service says fits the contracts, and what it hears is read as the contracts say."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from chassis.delivery import Handler
from chassis.envelope import Event, MalformedEvent, new_event
from chassis.ids import uuid7
from chassis.unit_of_work import MAX_EVENT_BYTES
from orders.adapters.event_mapping import to_message
from orders.application.ports import UnitOfWork
from orders.consumers import (
    catalog_events,
    inventory_events,
    notification_events,
    payment_events,
)
from orders.domain.cart import MAX_LINES, Cart
from orders.domain.dispatch import Parcel, deliver, pack, ship
from orders.domain.events import Actor, Recorded, SagaCommand, Shortage
from orders.domain.fulfilment import Fulfilment
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.owner import Owner
from orders.domain.payment import Moved, payment_refunded, refund_failed, request_refund
from orders.domain.pricing import Price
from orders.domain.returns import receive_return, refuse_return, request_return
from orders.domain.saga import STEPS, Answer, Command, Reason, State
from orders.testing.memory_shop import MemoryShop
from orders.testing.stages import HEARTS, LANTERNS, a_return, delivered
from orders.testing.values import CUSTOMER, GUEST, NOW, a_purchase, an_order, quoted

CONTRACTS = Path(__file__).parents[4] / "contracts"
RETURN = UUID("0199aa15-0000-7000-8000-000000000601")
HEARD: dict[str, Handler[UnitOfWork]] = {
    **inventory_events.HANDLERS,
    **payment_events.HANDLERS,
    **catalog_events.HANDLERS,
    **notification_events.HANDLERS,
}


def contract(kind: str, type_: str) -> dict[str, Any]:
    service, name, version = type_.split(".")
    schema = CONTRACTS / kind / service / f"{name}.{version}.schema.json"
    return dict(json.loads(schema.read_text()))


def example(type_: str) -> dict[str, Any]:
    service, name, version = type_.split(".")
    path = CONTRACTS / "events" / service / f"{name}.{version}.example.json"
    return dict(json.loads(path.read_text()))


def said(order: Order) -> list[tuple[str, Event]]:
    return [to_message(order, recorded) for recorded in order.recorded]


def lives(owner: Owner) -> list[Order]:
    """Orders that between them say everything that an order can say."""
    bought, short, declined = (an_order(owner, reference="536365") for _ in range(3))
    for step in STEPS:
        bought.receive(step.succeeds_on, NOW)
    bought.cancel(Actor.STAFF, NOW)
    short.receive(Answer.STOCK_REJECTED, NOW, (Shortage("85123A", 6, 2),))
    declined.receive(Answer.STOCK_RESERVED, NOW)
    declined.receive(Answer.PAYMENT_DECLINED, NOW)
    return [bought, short, declined, sent_back(owner), kept(owner)]


def sent_back(owner: Owner) -> Order:
    """Shipped in two parts, returned and refunded."""
    order = delivered(HEARTS, LANTERNS, owner=owner)
    made = request_return(order, RETURN, HEARTS, "broken", NOW)
    receive_return(order, made.id, uuid7(), NOW)
    refund = order.account.refunds[0]
    payment_refunded(order, Moved(refund.amount, refund.amount, refund.id), NOW)
    payment_refunded(order, Moved(Money(1, "GBP")), NOW)
    return order


def kept(owner: Owner) -> Order:
    """The shop neither takes it back nor gives the money back."""
    order = delivered(owner=owner)
    made = request_return(order, RETURN, HEARTS, "broken", NOW)
    refuse_return(order, made.id, "used", NOW)
    refund = request_refund(order, uuid7(), None, "goodwill", NOW)
    refund_failed(order, refund.id, "provider_refused", NOW)
    return order


@pytest.mark.parametrize("owner", [CUSTOMER, GUEST])
def test_every_message_fits_its_contract(owner: Owner) -> None:
    types = set()
    for order in lives(owner):
        for topic, event in said(order):
            kind = topic.partition(".")[2]
            schema = contract(kind, event.type)
            checker = Draft202012Validator(
                schema, format_checker=Draft202012Validator.FORMAT_CHECKER
            )
            checker.validate(json.loads(event.to_json())["data"])
            assert event.subject == str(order.id)
            assert event.source == "/services/orders"
            types.add(event.type)
    described = {
        f"orders.{path.name.removesuffix('.schema.json')}"
        for path in (CONTRACTS / "events" / "orders").glob("*.schema.json")
    }
    assert {t for t in types if t.startswith("orders.")} == described
    beyond_the_saga = {
        "payments.capture_payment.v1",
        "payments.refund_payment.v1",
        "inventory.return_stock.v1",
    }
    assert len(types) == len(described | beyond_the_saga) + len(Command)


def test_every_command_has_a_contract_and_a_topic() -> None:
    for command in Command:
        order = an_order()
        topic, event = to_message(order, Recorded(SagaCommand(command), 1))
        contract("commands", event.type)
        assert topic in {"inventory.commands", "payments.commands"}


def test_the_events_of_an_order_are_numbered_without_a_gap() -> None:
    for order in lives(CUSTOMER):
        events = [event for topic, event in said(order) if topic == "orders.events"]
        assert [event.sequence for event in events] == list(range(1, order.version + 1))
        commands = [event for topic, event in said(order) if topic != "orders.events"]
        assert [event.sequence for event in commands] == list(range(1, order.messages + 1))


def test_no_event_holds_the_payments_token() -> None:
    for order in lives(GUEST):
        events = [event for topic, event in said(order) if topic == "orders.events"]
        assert not [event for event in events if b"tok_" in event.to_json()]


def test_the_reasons_are_those_of_the_contract() -> None:
    reasons = contract("events", "orders.order_rejected.v1")["properties"]["reason"]["enum"]
    assert set(reasons) == set(Reason)


def test_every_answer_of_the_saga_is_heard() -> None:
    names = {type_.split(".")[1] for type_ in HEARD}
    assert set(Answer) <= names


async def heard(shop: MemoryShop, type_: str, data: dict[str, Any], sequence: int = 1) -> None:
    event = new_event(source="/t", type=type_, subject="t", sequence=sequence, data=data)
    async with shop:
        await HEARD[type_](event, shop)
        await shop.commit()


@pytest.mark.parametrize("type_", sorted(HEARD))
async def test_the_contracts_example_is_understood(shop: MemoryShop, type_: str) -> None:
    order = an_order()
    order.fulfilment = Fulfilment(returns=(a_return(RETURN),))
    shop.orders.stored[order.id] = order
    data = example(type_) | {"order_id": str(order.id)}
    await heard(shop, type_, data)


@pytest.mark.parametrize("type_", sorted(HEARD))
async def test_data_without_what_we_need_is_malformed(shop: MemoryShop, type_: str) -> None:
    with pytest.raises(MalformedEvent):
        await heard(shop, type_, {"unrelated": 1})


async def test_what_inventory_and_payments_say_confirms_an_order(shop: MemoryShop) -> None:
    order = an_order()
    shop.orders.stored[order.id] = order
    for type_ in (
        "inventory.stock_reserved.v1",
        "payments.payment_authorised.v1",
        "inventory.stock_committed.v1",
    ):
        await heard(shop, type_, example(type_) | {"order_id": str(order.id)})
    assert shop.orders.stored[order.id].saga.state is State.COMPLETED


async def test_what_was_short_is_taken_over(shop: MemoryShop) -> None:
    order = an_order()
    shop.orders.stored[order.id] = order
    type_ = "inventory.stock_rejected.v1"
    await heard(shop, type_, example(type_) | {"order_id": str(order.id)})
    assert shop.orders.stored[order.id].shortages == (Shortage("85123A", 6, 2),)


async def test_what_the_catalogue_says_becomes_our_price() -> None:
    shop = MemoryShop()
    await heard(shop, "catalog.product_created.v1", example("catalog.product_created.v1"), 1)
    changed = example("catalog.price_changed.v1")
    await heard(shop, "catalog.price_changed.v1", changed, 2)
    amount = changed["new_price"]["amount"]
    found = (await shop.prices.of(["85123A"]))["85123A"]
    assert found.unit_price == Money(amount, "GBP")
    await heard(shop, "catalog.product_withdrawn.v1", example("catalog.product_withdrawn.v1"), 3)
    gone = (await shop.prices.of(["85123A"]))["85123A"]
    assert gone == replace(found, withdrawn=True)


def test_an_order_of_the_largest_size_fits_into_one_event() -> None:
    """Else it could be placed, and never be shipped."""
    names = {f"SKU{n:017}": "Größer als jeder Name " * 9 for n in range(MAX_LINES)}
    prices = {sku: Price(sku, name, Money(10**9, "GBP")) for sku, name in names.items()}
    cart = Cart(uuid7(), CUSTOMER, dict.fromkeys(prices, 10_000))
    order, other = [
        Order.place(uuid7(), quoted(cart, *prices.values()), a_purchase(), NOW) for _ in range(2)
    ]
    other.receive(Answer.STOCK_REJECTED, NOW, tuple(Shortage(sku, 10_000, 0) for sku in names))
    for step in STEPS:
        order.receive(step.succeeds_on, NOW)
    pack(order, NOW)
    shipment = ship(order, uuid7(), Parcel(), NOW)
    deliver(order, shipment.id, NOW)
    made = request_return(order, uuid7(), shipment.quantities, "x" * 200, NOW)
    receive_return(order, made.id, uuid7(), NOW)
    events = [event for each in (order, other) for _, event in said(each)]
    assert {e.type: len(e.to_json()) for e in events if len(e.to_json()) > MAX_EVENT_BYTES} == {}


@pytest.mark.parametrize(("lines", "told"), [(1, "ÄÖÜ " * 50), (MAX_LINES, f"{'ÄÖÜ ' * 8}ÄÖ…")])
def test_names_are_cut_only_where_many_lines_share_an_event(lines: int, told: str) -> None:
    prices = [Price(f"{n:05}", "ÄÖÜ " * 50, Money(1, "GBP")) for n in range(lines)]
    cart = Cart(uuid7(), CUSTOMER, {price.sku: 1 for price in prices})
    order = Order.place(uuid7(), quoted(cart, *prices), a_purchase(), NOW)
    _, placed = said(order)[0]
    assert {line["name"] for line in placed.data["order"]["lines"]} == {told}
