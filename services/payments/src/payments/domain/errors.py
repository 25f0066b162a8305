"""What can be refused, by name. The API's table turns each into an RFC 9457 problem.

The text of an error is for the caller; no error ever carries a payment token.
"""


class PaymentError(Exception):
    """Everything that payments refuses for a reason of its own."""


class PaymentNotFound(PaymentError):
    """No payment, or no operation of it, has this id."""


class PaymentBusy(PaymentError):
    """An operation of this payment is still with the provider; try again shortly."""


class NotCapturable(PaymentError):
    """Only an authorised payment can be captured."""


class NotVoidable(PaymentError):
    """Only an authorised payment can be voided; a captured one is refunded."""


class NotRefundable(PaymentError):
    """Only a captured payment can be refunded."""


class CaptureExceedsAuthorised(PaymentError):
    """More was to be captured than was authorised."""


class RefundExceedsCaptured(PaymentError):
    """More was to be refunded than is left of what was captured."""


class CurrencyMismatch(PaymentError):
    """The amount is in another currency than the payment."""


class UnbalancedPosting(PaymentError):
    """The entries of a posting do not sum to zero: a mistake in this program, never of a caller."""
