"""The aggregate: what each operation needs of the provider, and what its answer changes."""

from uuid import UUID

import pytest

from chassis.ids import uuid7
from payments.domain import ledger
from payments.domain.errors import (
    CaptureExceedsAuthorised,
    CurrencyMismatch,
    NotCapturable,
    NotRefundable,
    NotVoidable,
    RefundExceedsCaptured,
)
from payments.domain.events import (
    CaptureFailed,
    PaymentCaptured,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
    RefundFailed,
)
from payments.domain.ledger import Posting
from payments.domain.money import Money
from payments.domain.operation import Answer, Approved, Call, Declined, Kind, Operation
from payments.domain.payment import Payment
from payments.domain.replies import answer_again
from payments.domain.status import Status

YES = Approved("ch_1")
SHIPMENT, REFUND = uuid7(), uuid7()


def pounds(pence: int) -> Money:
    return Money(pence, "GBP")


def operation(
    kind: Kind, amount: Money | None = None, *, final: bool = True, subject: UUID | None = None
) -> Operation:
    return Operation(uuid7(), uuid7(), kind, amount, final=final, subject_id=subject)


def settle(payment: Payment, wanted: Operation, answer: Answer = YES) -> Posting | None:
    """Does what the desk does with an operation whose turn has come."""
    call = payment.next_call(wanted)
    assert call is not None
    return payment.settle(wanted, call, answer)


def pending() -> Payment:
    return Payment(uuid7(), uuid7(), pounds(1000))


def authorised() -> Payment:
    payment = pending()
    settle(payment, operation(Kind.AUTHORISE))
    return payment


def captured(pence: int = 1000, *, final: bool = True) -> Payment:
    payment = authorised()
    settle(payment, operation(Kind.CAPTURE, pounds(pence), final=final))
    return payment


def refunded(payment: Payment, pence: int) -> Payment:
    settle(payment, operation(Kind.REFUND, pounds(pence)))
    return payment


def test_every_event_counts_the_version_on() -> None:
    payment = refunded(captured(), 400)
    assert [event.sequence for event in payment.events] == [1, 2, 3]
    assert payment.version == 3


def test_an_authorised_payment_can_be_captured_in_part() -> None:
    payment = authorised()
    wanted = operation(Kind.CAPTURE, pounds(400))
    assert payment.next_call(wanted) == Call(Kind.CAPTURE, pounds(400))
    posting = settle(payment, wanted)
    assert payment.refundable == pounds(400)
    assert posting is not None
    assert posting.reason == "sale"


def test_more_than_was_authorised_cannot_be_captured() -> None:
    with pytest.raises(CaptureExceedsAuthorised):
        authorised().next_call(operation(Kind.CAPTURE, pounds(1001)))


def test_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        authorised().next_call(operation(Kind.CAPTURE, Money(1, "EUR")))


def test_to_undo_a_captured_payment_is_to_refund_what_is_left() -> None:
    payment = refunded(captured(900), 200)
    assert payment.next_call(operation(Kind.UNDO)) == Call(Kind.REFUND, pounds(700))


def test_a_whole_refund_before_the_capture_is_a_void() -> None:
    assert authorised().next_call(operation(Kind.REFUND)) == Call(Kind.VOID, pounds(1000))


def test_a_part_cannot_be_refunded_before_the_capture() -> None:
    with pytest.raises(NotRefundable):
        authorised().next_call(operation(Kind.REFUND, pounds(1)))


def test_refunds_add_up_to_no_more_than_was_captured() -> None:
    payment = refunded(captured(), 400)
    assert payment.status is Status.PARTIALLY_REFUNDED
    with pytest.raises(RefundExceedsCaptured):
        payment.next_call(operation(Kind.REFUND, pounds(601)))
    refunded(payment, 600)
    assert payment.refundable == pounds(0)
    assert payment.next_call(operation(Kind.REFUND)) is None


def test_a_declined_authorisation_moves_no_money() -> None:
    payment = pending()
    posting = settle(payment, operation(Kind.AUTHORISE), Declined("insufficient_funds"))
    assert posting is None
    (event,) = payment.events
    assert isinstance(event, PaymentDeclined)
    assert event.reason == "insufficient_funds"


def test_a_refused_capture_leaves_the_hold_and_is_told() -> None:
    payment = authorised()
    assert settle(payment, operation(Kind.CAPTURE, subject=SHIPMENT), Declined("no")) is None
    assert (payment.status, payment.captured) == (Status.AUTHORISED, 0)
    event = payment.events[-1]
    assert isinstance(event, CaptureFailed)
    assert (event.reason, event.shipment_id) == ("no", SHIPMENT)


def test_a_capture_that_is_refused_for_the_hold_has_ended_releases_it() -> None:
    payment = captured(400, final=False)
    posting = settle(payment, operation(Kind.CAPTURE), Declined("expired", hold_ended=True))
    assert posting == ledger.release(pounds(600))
    assert payment.status is Status.CAPTURED


def test_a_refused_refund_changes_nothing_and_is_told() -> None:
    payment = captured()
    assert settle(payment, operation(Kind.REFUND, subject=REFUND), Declined("no")) is None
    assert (payment.status, payment.refunded) == (Status.CAPTURED, 0)
    event = payment.events[-1]
    assert isinstance(event, RefundFailed)
    assert (event.reason, event.refund_id) == ("no", REFUND)


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
    with pytest.raises(NotCapturable):
        payment.next_call(operation(Kind.CAPTURE))
    with pytest.raises(NotCapturable):
        assert payment.due


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(Kind.CAPTURE, PaymentCaptured), (Kind.UNDO, PaymentVoided), (Kind.REFUND, PaymentRefunded)],
)
def test_a_refunded_payment_answers_each_command_again(kind: Kind, answer: type) -> None:
    payment = refunded(captured(), 1000)
    answer_again(payment, operation(kind))
    assert isinstance(payment.events[-1], answer)


def test_a_declined_payment_answers_a_void_as_voided_and_refuses_a_capture() -> None:
    payment = pending()
    payment.decline("card_declined")
    answer_again(payment, operation(Kind.UNDO))
    assert isinstance(payment.events[-1], PaymentVoided)
    with pytest.raises(NotCapturable):
        payment.next_call(operation(Kind.CAPTURE))
