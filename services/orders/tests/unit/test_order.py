"""What an order decides: its moves, the events that it records, and their numbers."""

import pytest

from chassis.ids import uuid7
from orders.domain.cart import Cart
from orders.domain.errors import (
    CartEmpty,
    CartOrdered,
    CurrencyMismatch,
    OrderCannotBeCancelled,
    OrderCannotBeSettled,
    ProductWithdrawn,
)
from orders.domain.events import (
    Actor,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    SagaCommand,
    Shortage,
)
from orders.domain.money import Money
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.pricing import Price
from orders.domain.saga import STEPS, Answer, Command, Reason
from orders.testing.values import CUSTOMER, HEART, LANTERN, NOW, a_purchase, an_order, quoted

SUCCESSES = [step.succeeds_on for step in STEPS]


def placed_from(quantities: dict[str, int], *prices: Price) -> Order:
    cart = Cart(uuid7(), CUSTOMER, quantities)
    return Order.place(uuid7(), quoted(cart, *prices), a_purchase(), NOW)


def confirmed() -> Order:
    order = an_order()
    for answer in SUCCESSES:
        order.receive(answer, NOW)
    return order


def events(order: Order) -> list[tuple[object, int]]:
    return [(r.what, r.sequence) for r in order.recorded if not isinstance(r.what, SagaCommand)]


def commands(order: Order) -> list[tuple[str, int]]:
    return [(r.what.command, r.sequence) for r in order.recorded if isinstance(r.what, SagaCommand)]


def test_a_placed_order_is_pending_and_asks_for_its_stock() -> None:
    order = an_order()
    assert order.status is Status.PENDING
    assert order.total == Money(6 * 295 + 2 * 375, "GBP")
    assert events(order) == [(OrderPlaced(), 1)]
    assert commands(order) == [(Command.RESERVE_STOCK, 1)]


def test_lines_keep_the_price_that_they_were_ordered_at() -> None:
    order = placed_from({"85123A": 3}, HEART)
    assert [(line.sku, line.quantity, line.total.amount) for line in order.lines] == [
        ("85123A", 3, 885)
    ]


def test_an_empty_cart_cannot_be_ordered() -> None:
    with pytest.raises(CartEmpty):
        placed_from({})


def test_a_withdrawn_product_cannot_be_ordered_and_is_named() -> None:
    gone = Price(LANTERN.sku, LANTERN.name, LANTERN.unit_price, withdrawn=True)
    with pytest.raises(ProductWithdrawn, match="71053") as refusal:
        placed_from({"85123A": 1, "71053": 1}, HEART, gone)
    assert refusal.value.extras == {"skus": ["71053"]}


def test_prices_in_two_currencies_cannot_be_ordered_together() -> None:
    foreign = Price(LANTERN.sku, LANTERN.name, Money(400, "EUR"))
    with pytest.raises(CurrencyMismatch):
        placed_from({"85123A": 1, "71053": 1}, HEART, foreign)


def test_a_cart_is_ordered_once() -> None:
    cart = Cart(uuid7(), CUSTOMER, {"85123A": 1}, order_id=uuid7())
    with pytest.raises(CartOrdered):
        Order.place(uuid7(), quoted(cart, HEART), a_purchase(), NOW)


def test_only_the_committed_stock_confirms_an_order() -> None:
    order = an_order()
    for answer in SUCCESSES[:-1]:
        order.receive(answer, NOW)
        assert order.status is Status.PENDING
    order.receive(SUCCESSES[-1], NOW)
    assert order.status is Status.CONFIRMED
    assert events(order)[-1] == (OrderConfirmed(), 2)
    assert [number for _, number in commands(order)] == [1, 2, 3]


def test_an_order_over_the_stock_is_rejected_with_what_was_left() -> None:
    order, short = an_order(), (Shortage("85123A", requested=6, available=2),)
    order.receive(Answer.STOCK_REJECTED, NOW, short)
    assert (order.status, order.reason, order.shortages) == ("rejected", "out_of_stock", short)
    assert events(order)[-1] == (OrderRejected(Reason.OUT_OF_STOCK, short), 2)
    assert commands(order) == [(Command.RESERVE_STOCK, 1)]


def test_a_step_that_takes_too_long_rejects_the_order() -> None:
    order = an_order()
    order.time_limit_passed(NOW + STEPS[0].time_limit)
    assert (order.status, order.reason) == ("rejected", "timed_out")
    assert commands(order)[-1] == (Command.RELEASE_STOCK, 2)


@pytest.mark.parametrize("answers", [SUCCESSES[:n] for n in range(4)])
def test_a_pending_or_confirmed_order_can_be_cancelled(answers: list[Answer]) -> None:
    order = an_order()
    for answer in answers:
        order.receive(answer, NOW)
    before = order.version
    order.cancel(Actor.CUSTOMER, NOW)
    assert (order.status, order.cancelled_by) == ("cancelled", "customer")
    assert events(order)[-1] == (OrderCancelled(Actor.CUSTOMER), before + 1)


def test_a_cancelled_order_cannot_be_cancelled_again() -> None:
    order = an_order()
    order.cancel(Actor.STAFF, NOW)
    with pytest.raises(OrderCannotBeCancelled, match="cancelled") as refusal:
        order.cancel(Actor.STAFF, NOW)
    assert refusal.value.extras == {"order_status": "cancelled"}


def test_a_rejected_order_cannot_be_cancelled() -> None:
    order = an_order()
    order.receive(Answer.STOCK_REJECTED, NOW)
    with pytest.raises(OrderCannotBeCancelled, match="rejected"):
        order.cancel(Actor.CUSTOMER, NOW)


@pytest.mark.parametrize("answer", Answer)
def test_no_answer_moves_a_cancelled_order(answer: Answer) -> None:
    order = confirmed()
    order.cancel(Actor.CUSTOMER, NOW)
    version = order.version
    order.receive(answer, NOW)
    assert (order.status, order.version) == (Status.CANCELLED, version)


def test_an_authorisation_after_the_cancellation_is_voided() -> None:
    order = an_order()
    order.cancel(Actor.CUSTOMER, NOW)
    order.receive(Answer.STOCK_RELEASED, NOW)
    order.receive(Answer.PAYMENT_AUTHORISED, NOW)
    assert commands(order)[-1] == (Command.VOID_PAYMENT, 3)


def test_a_move_that_the_table_does_not_have_is_a_bug_and_says_so() -> None:
    order = confirmed()
    with pytest.raises(OrderCannotBeSettled, match="confirmed cannot be settled"):
        order._reject(Reason.TIMED_OUT, NOW)
