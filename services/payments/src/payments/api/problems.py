"""The one table from payments' errors to problem types (RFC 9457).

`bootstrap.py` hands it to the chassis; a test checks that every domain error has its row.
"""

from chassis.problems import ProblemTable, ProblemType
from payments.domain import errors

PROBLEMS: ProblemTable = {
    errors.PaymentNotFound: ProblemType(404, "payment-not-found", "No such payment"),
    errors.PaymentBusy: ProblemType(
        409, "payment-busy", "An operation is still under way", {"Retry-After": "1"}
    ),
    errors.NotCapturable: ProblemType(
        409, "payment-not-capturable", "The payment cannot be captured"
    ),
    errors.NotVoidable: ProblemType(409, "payment-not-voidable", "The payment cannot be voided"),
    errors.NotRefundable: ProblemType(
        409, "payment-not-refundable", "The payment cannot be refunded"
    ),
    errors.CaptureExceedsAuthorised: ProblemType(
        422, "capture-exceeds-authorised", "More than was authorised"
    ),
    errors.RefundExceedsCaptured: ProblemType(
        422, "refund-exceeds-captured", "More than is left to refund"
    ),
    errors.CurrencyMismatch: ProblemType(422, "currency-mismatch", "Another currency is due"),
    errors.ReconciliationNotFound: ProblemType(
        404, "reconciliation-not-found", "No such reconciliation"
    ),
    errors.ProviderNotConfigured: ProblemType(
        404, "payment-provider-not-configured", "No such payment provider"
    ),
    errors.BadSignature: ProblemType(
        400, "notification-signature-invalid", "The signature is not the provider's"
    ),
    errors.UnreadableNotification: ProblemType(
        400, "notification-unreadable", "Not an event of the provider"
    ),
    errors.UnbalancedPosting: ProblemType(500, "unbalanced-posting", "The books do not balance"),
}
