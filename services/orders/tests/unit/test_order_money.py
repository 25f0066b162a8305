"""What an order knows of its money: charges, refunds and their limit, and failures of both."""

import pytest

from chassis.ids import uuid7
from orders.application.order_views import OrderView
from orders.domain.dispatch import Parcel, deliver, ship
from orders.domain.errors import OrderCannotBeRefunded, RefundNotFound, RefundTooLarge
from orders.domain.events import (
    Actor,
    CapturePayment,
    OrderRefunded,
    RefundFailed,
    RefundPayment,
    SagaCommand,
)
from orders.domain.order import Order
from orders.domain.payment import (
    Moved,
    capture_failed,
    payment_captured,
    payment_refunded,
    refund_failed,
    request_refund,
)
from orders.domain.returns import receive_return, request_return
from orders.domain.saga import Answer, Command, State
from orders.testing.stages import (
    EVERYTHING,
    HEARTS,
    LANTERNS,
    cancelled,
    confirmed,
    delivered,
    gbp,
    packed,
    pay,
    shipped,
)
from orders.testing.values import NOW


def asked(order: Order) -> list[tuple[str, int]]:
    """What payments was told to move, in order."""
    names = {CapturePayment: "capture", RefundPayment: "refund"}
    return [
        (names[type(one.what)], one.what.amount.amount)
        for one in order.recorded
        if isinstance(one.what, CapturePayment | RefundPayment)
    ]


def send_back(order: Order, quantities: dict[str, int]) -> None:
    made = request_return(order, uuid7(), quantities, "broken", NOW)
    receive_return(order, made.id, uuid7(), NOW)


def test_the_order_keeps_what_payments_says_was_taken() -> None:
    order = shipped(HEARTS, LANTERNS)
    pay(order)
    assert order.account.captured == gbp(2520)
    assert {charge.status for charge in order.fulfilment.charges} == {"captured"}
    assert order.account.left == gbp(2520)


def test_a_capture_that_is_told_again_counts_once() -> None:
    order = shipped()
    shipment = order.fulfilment.shipments[0].id
    for _ in range(2):
        payment_captured(order, Moved(gbp(2520), gbp(2520), shipment), NOW)
    assert order.account.captured == gbp(2520)


def test_a_failed_capture_shows_and_the_goods_stay_shipped() -> None:
    order = shipped(HEARTS, LANTERNS)
    first, second = order.fulfilment.shipments
    capture_failed(order, first.id, "expired_card", NOW)
    payment_captured(order, Moved(gbp(750), gbp(750), second.id), NOW)
    view = OrderView.of(order)
    assert (view.status, view.payment_problem) == ("shipped", "expired_card")
    assert order.account.left == gbp(750)


def test_the_last_parcel_takes_what_an_earlier_one_failed_to_take() -> None:
    """Its capture ends the hold: what is not taken now is lost."""
    order = shipped(HEARTS)
    first = order.fulfilment.shipments[0]
    capture_failed(order, first.id, "multicapture_unavailable", NOW)
    assert OrderView.of(order).payment_problem == "multicapture_unavailable"
    last = ship(order, uuid7(), Parcel(), NOW)
    assert asked(order)[-1] == ("capture", 2520)
    payment_captured(order, Moved(gbp(2520), gbp(2520), last.id), NOW)
    assert order.account.captured == order.total
    assert OrderView.of(order).payment_problem is None


def test_the_last_parcel_takes_nothing_for_what_came_back_unpaid() -> None:
    order = shipped(HEARTS)
    first = order.fulfilment.shipments[0]
    capture_failed(order, first.id, "try_again", NOW)
    deliver(order, first.id, NOW)
    send_back(order, {"85123A": 2})
    assert order.fulfilment.returns[0].refund == gbp(0)
    last = ship(order, uuid7(), Parcel(), NOW)
    assert asked(order)[-1] == ("capture", 2520 - 590)
    payment_captured(order, Moved(gbp(1930), gbp(1930), last.id), NOW)
    assert OrderView.of(order).payment_problem is None


def test_no_money_is_missing_for_goods_that_came_back_unpaid() -> None:
    order = delivered(paid=False)
    capture_failed(order, order.fulfilment.shipments[0].id, "expired_card", NOW)
    send_back(order, dict(HEARTS))
    assert OrderView.of(order).payment_problem == "expired_card"
    send_back(order, dict(LANTERNS))
    assert OrderView.of(order).payment_problem is None


def test_what_came_back_and_was_paid_back_lowers_no_charge() -> None:
    order = shipped(HEARTS, {"71053": 1})
    hearts, lantern = order.fulfilment.shipments
    capture_failed(order, hearts.id, "try_again", NOW)
    payment_captured(order, Moved(gbp(375), gbp(375), lantern.id), NOW)
    deliver(order, lantern.id, NOW)
    send_back(order, {"71053": 1})
    ship(order, uuid7(), Parcel(), NOW)
    assert asked(order)[-2:] == [("refund", 375), ("capture", 375 + 1770)]


def test_a_parcel_in_between_takes_its_own_share_only() -> None:
    order = shipped(HEARTS)
    capture_failed(order, order.fulfilment.shipments[0].id, "try_again", NOW)
    ship(order, uuid7(), Parcel({"71053": 1}), NOW)
    assert asked(order)[-1] == ("capture", 375)


@pytest.mark.parametrize("cause", ["by hand", "late"])
def test_a_problem_ends_when_the_money_comes_after_all(cause: str) -> None:
    order = shipped()
    shipment = order.fulfilment.shipments[0].id
    capture_failed(order, shipment, "try_again", NOW)
    taken = Moved(gbp(2520), gbp(2520), shipment if cause == "late" else None)
    payment_captured(order, taken, NOW)
    assert OrderView.of(order).payment_problem is None


def test_what_was_taken_by_hand_is_not_charged_again() -> None:
    order = packed()
    payment_captured(order, Moved(gbp(2000), gbp(2000)), NOW)
    ship(order, uuid7(), Parcel(HEARTS), NOW)
    ship(order, uuid7(), Parcel(), NOW)
    assert asked(order) == [("capture", 520)]
    assert [charge.status for charge in order.fulfilment.charges] == ["pending", "none"]


def test_a_refund_is_asked_for_and_then_done() -> None:
    order = delivered()
    refund = request_refund(order, uuid7(), gbp(500), "goodwill", NOW)
    assert asked(order)[-1] == ("refund", 500)
    assert (refund.status, order.account.left) == ("pending", gbp(2020))
    payment_refunded(order, Moved(gbp(500), gbp(500), refund.id), NOW)
    assert order.account.refund(refund.id).status == "done"
    assert (order.account.refunded, order.account.left) == (gbp(500), gbp(2020))
    assert order.recorded[-1].what == OrderRefunded(refund.id, gbp(500), gbp(500))


def test_a_refund_without_an_amount_is_all_that_is_left() -> None:
    order = delivered()
    request_refund(order, uuid7(), gbp(20), "goodwill", NOW)
    assert request_refund(order, uuid7(), None, "goodwill", NOW).amount == gbp(2500)
    with pytest.raises(RefundTooLarge):
        request_refund(order, uuid7(), None, "goodwill", NOW)


def test_no_refund_passes_what_was_taken_less_what_goes_back_already() -> None:
    order = delivered()
    request_refund(order, uuid7(), gbp(2000), "goodwill", NOW)
    with pytest.raises(RefundTooLarge) as refusal:
        request_refund(order, uuid7(), gbp(521), "goodwill", NOW)
    assert refusal.value.extras == {"left": {"amount": 520, "currency": "GBP"}}
    with pytest.raises(RefundNotFound):
        order.account.refund(uuid7())


def test_nothing_goes_back_before_anything_was_taken() -> None:
    with pytest.raises(RefundTooLarge):
        request_refund(confirmed(), uuid7(), gbp(1), "goodwill", NOW)
    with pytest.raises(OrderCannotBeRefunded):
        request_refund(cancelled(), uuid7(), gbp(1), "goodwill", NOW)


def test_a_failed_refund_may_be_asked_for_again() -> None:
    order = delivered()
    refund = request_refund(order, uuid7(), None, "goodwill", NOW)
    for _ in range(2):
        refund_failed(order, refund.id, "provider", NOW)
    assert [one.what for one in order.recorded if isinstance(one.what, RefundFailed)] == [
        RefundFailed(refund.id, gbp(2520), "provider")
    ]
    assert order.account.left == gbp(2520)
    assert request_refund(order, uuid7(), None, "goodwill", NOW)


def test_a_return_waits_for_the_money_that_is_still_on_its_way() -> None:
    order = delivered(paid=False)
    send_back(order, {"85123A": 2})
    assert asked(order) == [("capture", 2520)]
    assert order.account.refunds[0].status == "waiting"
    pay(order)
    assert asked(order)[-1] == ("refund", 590)
    assert order.account.refunds[0].status == "pending"


def test_a_return_of_what_was_never_paid_gives_nothing_back() -> None:
    order = delivered(paid=False)
    send_back(order, {"85123A": 2})
    capture_failed(order, order.fulfilment.shipments[0].id, "expired_card", NOW)
    assert asked(order) == [("capture", 2520)]
    assert order.account.refunds[0].problem == "nothing_captured"
    send_back(order, {"85123A": 2})
    assert order.fulfilment.returns[1].refund == gbp(0)
    assert len(order.account.refunds) == 1


def test_a_return_after_a_generous_refund_gives_back_only_what_is_left() -> None:
    order = delivered()
    request_refund(order, uuid7(), gbp(2500), "goodwill", NOW)
    send_back(order, dict(EVERYTHING))
    assert order.fulfilment.returns[0].refund == gbp(20)


def test_returns_piece_by_piece_come_to_the_whole() -> None:
    order = delivered()
    for quantities in ({"85123A": 1}, {"85123A": 5, "71053": 1}, {"71053": 1}):
        send_back(order, quantities)
    assert sum(refund.amount.amount for refund in order.account.refunds) == 2520


def test_money_that_somebody_else_gave_back_counts_too() -> None:
    order = delivered()
    payment_refunded(order, Moved(gbp(520)), NOW)
    assert order.recorded[-1].what == OrderRefunded(None, gbp(520), gbp(520))
    assert order.account.left == gbp(2000)


def test_a_capture_that_comes_after_the_order_ended_is_given_back() -> None:
    order = confirmed()
    order.cancel(Actor.CUSTOMER, NOW)
    order.receive(Answer.STOCK_RELEASED, NOW)
    order.receive(Answer.PAYMENT_VOIDED, NOW)
    assert order.saga.state is State.COMPENSATED
    payment_captured(order, Moved(gbp(2520), gbp(2520)), NOW)
    assert order.recorded[-1].what == SagaCommand(Command.VOID_PAYMENT)
    payment_refunded(order, Moved(gbp(2520), gbp(2520)), NOW)
    assert order.saga.state is State.COMPENSATED
    assert order.account.left == gbp(0)
