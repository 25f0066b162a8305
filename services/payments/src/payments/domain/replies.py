"""What a payment says once more when a command comes again, or has nothing left to do.

The use cases call it. A command that names its shipment or its refund is answered as the first
time; the others by where the payment stands now.
"""

from payments.domain.events import PaymentAuthorised, PaymentDeclined, PaymentVoided
from payments.domain.money import Money
from payments.domain.operation import Ended, Kind, Operation, Stage
from payments.domain.payment import Payment
from payments.domain.status import Status

VOIDED_BEFORE = "voided"


def repeat(payment: Payment, operation: Operation, ended: Ended) -> None:
    """Say what came of an operation that has ended, with the totals of today."""
    if ended.stage is Stage.FAILED:
        payment.refuse(operation, ended.failure or "")
    elif operation.kind is Kind.CAPTURE:
        payment.record_capture(
            operation.amount or Money(0, payment.due.currency), operation.subject_id
        )
    elif operation.kind is Kind.REFUND and operation.amount is not None:
        payment.record_refund(operation.amount, operation.subject_id)
    else:
        answer_again(payment, operation)


def answer_again(payment: Payment, operation: Operation) -> None:
    """Say what is so already, to a command that has nothing left to do."""
    match operation.kind:
        case _ if payment.status is Status.PENDING:
            return
        case Kind.VOID:
            # The end of a hold was told by whoever ended it, and no command waits for this one.
            return
        case Kind.AUTHORISE:
            _authorisation_again(payment)
        case Kind.CAPTURE if operation.subject_id is not None:
            payment.record_capture(Money(0, payment.due.currency), operation.subject_id)
        case Kind.CAPTURE:
            payment.record_capture(Money(payment.captured, payment.due.currency), None)
        case Kind.REFUND if payment.captured:
            payment.record_refund(Money(payment.refunded, payment.due.currency), None)
        case _:
            payment.record(PaymentVoided)


def _authorisation_again(payment: Payment) -> None:
    if payment.status is Status.DECLINED:
        payment.record(PaymentDeclined, reason=payment.decline_reason)
    elif payment.status is Status.VOIDED:
        payment.record(PaymentDeclined, reason=VOIDED_BEFORE)
    else:
        payment.record(PaymentAuthorised, amount=payment.due)
