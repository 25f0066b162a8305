"""The aggregate: what each operation needs of the provider, and what its answer changes."""

import pytest

from chassis.ids import uuid7
from payments.domain.errors import (
    CaptureExceedsAuthorised,
    CurrencyMismatch,
    NotCapturable,
    NotRefundable,
    NotVoidable,
    RefundExceedsCaptured,
)
from payments.domain.events import PaymentCaptured, PaymentDeclined, PaymentRefunded, PaymentVoided
from payments.domain.money import Money
from payments.domain.operation import Approved, Call, Declined, Kind, Operation
from payments.domain.payment import Payment, Status


def pounds(pence: int) -> Money:
    return Money(pence, "GBP")


def operation(kind: Kind, amount: Money | None = None) -> Operation:
    return Operation(uuid7(), uuid7(), kind, amount)


def pending() -> Payment:
    return Payment(uuid7(), uuid7(), pounds(1000))


def authorised() -> Payment:
    payment = pending()
    payment.settle(Call(Kind.AUTHORISE, pounds(1000)), Approved("ch_1"))
    return payment


def captured(pence: int = 1000) -> Payment:
    payment = authorised()
    payment.settle(Call(Kind.CAPTURE, pounds(pence)), Approved("ch_1"))
    return payment


def test_every_event_counts_the_version_on() -> None:
    payment = captured()
    payment.settle(Call(Kind.REFUND, pounds(400)), Approved("ch_1"))
    assert [event.sequence for event in payment.events] == [1, 2, 3]
    assert payment.version == 3


def test_an_authorised_payment_can_be_captured_in_part() -> None:
    payment = authorised()
    call = payment.next_call(operation(Kind.CAPTURE, pounds(400)))
    assert call == Call(Kind.CAPTURE, pounds(400))
    assert call is not None
    posting = payment.settle(call, Approved("ch_1"))
    assert payment.refundable == pounds(400)
    assert posting is not None
    assert posting.reason == "sale"


def test_more_than_was_authorised_cannot_be_captured() -> None:
    with pytest.raises(CaptureExceedsAuthorised):
        authorised().next_call(operation(Kind.CAPTURE, pounds(1001)))


def test_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        authorised().next_call(operation(Kind.CAPTURE, Money(1, "EUR")))


def test_a_void_of_a_captured_payment_is_a_refund_of_what_is_left() -> None:
    payment = captured(900)
    payment.settle(Call(Kind.REFUND, pounds(200)), Approved("ch_1"))
    assert payment.next_call(operation(Kind.VOID)) == Call(Kind.REFUND, pounds(700))


def test_a_whole_refund_before_the_capture_is_a_void() -> None:
    assert authorised().next_call(operation(Kind.REFUND)) == Call(Kind.VOID, pounds(1000))


def test_a_part_cannot_be_refunded_before_the_capture() -> None:
    with pytest.raises(NotRefundable):
        authorised().next_call(operation(Kind.REFUND, pounds(1)))


def test_refunds_add_up_to_no_more_than_was_captured() -> None:
    payment = captured()
    payment.settle(Call(Kind.REFUND, pounds(400)), Approved("ch_1"))
    assert payment.status is Status.PARTIALLY_REFUNDED
    with pytest.raises(RefundExceedsCaptured):
        payment.next_call(operation(Kind.REFUND, pounds(601)))
    payment.settle(Call(Kind.REFUND, pounds(600)), Approved("ch_1"))
    assert payment.refundable == pounds(0)
    assert payment.next_call(operation(Kind.REFUND)) is None


def test_a_declined_authorisation_moves_no_money() -> None:
    payment = pending()
    posting = payment.settle(Call(Kind.AUTHORISE, pounds(1000)), Declined("insufficient_funds"))
    assert posting is None
    (event,) = payment.events
    assert isinstance(event, PaymentDeclined)
    assert event.reason == "insufficient_funds"


def test_a_refused_capture_gives_up_the_hold() -> None:
    payment = authorised()
    posting = payment.settle(Call(Kind.CAPTURE, pounds(1000)), Declined("expired"))
    assert posting is not None
    assert posting.reason == "release"
    assert payment.status is Status.DECLINED


def test_a_refused_refund_changes_nothing() -> None:
    payment = captured()
    assert payment.settle(Call(Kind.REFUND, pounds(1)), Declined("no")) is None
    assert (payment.status, payment.refunded) == (Status.CAPTURED, 0)


@pytest.mark.parametrize(
    ("payment", "kind", "refusal"),
    [
        (pending(), Kind.CAPTURE, NotCapturable),
        (captured(), Kind.CAPTURE, NotCapturable),
        (captured(), Kind.VOID, NotVoidable),
        (authorised(), Kind.REFUND, NotRefundable),
        (Payment.forestalled(uuid7(), uuid7()), Kind.VOID, NotVoidable),
    ],
)
def test_staff_cannot_ask_for_what_the_state_forbids(
    payment: Payment, kind: Kind, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        payment.require(kind)


def test_a_forestalled_payment_has_nothing_due() -> None:
    payment = Payment.forestalled(uuid7(), uuid7())
    assert payment.next_call(operation(Kind.CAPTURE)) is None
    with pytest.raises(NotCapturable):
        assert payment.due


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(Kind.CAPTURE, PaymentCaptured), (Kind.VOID, PaymentRefunded), (Kind.REFUND, PaymentRefunded)],
)
def test_a_refunded_payment_answers_each_command_again(kind: Kind, answer: type) -> None:
    payment = captured()
    payment.settle(Call(Kind.REFUND, pounds(1000)), Approved("ch_1"))
    payment.answer_again(kind)
    assert isinstance(payment.events[-1], answer)


def test_a_declined_payment_answers_a_void_as_voided_and_a_capture_as_declined() -> None:
    payment = pending()
    payment.decline("card_declined")
    payment.answer_again(Kind.VOID)
    assert isinstance(payment.events[-1], PaymentVoided)
    payment.answer_again(Kind.CAPTURE)
    assert isinstance(payment.events[-1], PaymentDeclined)
