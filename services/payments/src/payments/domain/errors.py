"""What can be refused, by name. The API's table turns each into an RFC 9457 problem.

The text of an error is for the caller; no error ever carries a payment token. `code` is what the
messages to other services say.
"""


class PaymentError(Exception):
    """Everything that payments refuses for a reason of its own."""

    code = "refused"


class PaymentNotFound(PaymentError):
    """No payment, or no operation of it, has this id."""

    code = "nothing_authorised"


class PaymentBusy(PaymentError):
    """An operation of this payment is still with the provider; try again shortly."""

    code = "payment_busy"


class NotCapturable(PaymentError):
    """Only what is held can be captured."""

    code = "not_capturable"


class NotVoidable(PaymentError):
    """Only what is held can be voided; what was captured is refunded."""

    code = "not_voidable"


class NotRefundable(PaymentError):
    """Only what was captured can be refunded."""

    code = "not_refundable"


class CaptureExceedsAuthorised(PaymentError):
    """More was to be captured than is still held."""

    code = "capture_exceeds_authorised"


class RefundExceedsCaptured(PaymentError):
    """More was to be refunded than is left of what was captured."""

    code = "refund_exceeds_captured"


class CurrencyMismatch(PaymentError):
    """The amount is in another currency than the payment."""

    code = "currency_mismatch"


class UnbalancedPosting(PaymentError):
    """The entries of a posting do not sum to zero: a mistake in this program, never of a caller."""

    code = "unbalanced_posting"


class ReconciliationNotFound(PaymentError):
    """No reconciliation has this id."""


class ProviderNotConfigured(PaymentError):
    """Notifications are taken from the configured provider alone."""


class BadSignature(PaymentError):
    """The notification was not signed with our secret, or too long ago."""


class UnreadableNotification(PaymentError):
    """The notification is signed but is not an event."""
