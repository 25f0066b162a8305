"""Where a payment stands, as the API and the database name it.

`payment.py` moves from one to the next; the presenters offer what each allows.
"""

from enum import StrEnum


class Status(StrEnum):
    """`pending` is the only one that waits for its first answer.

    While a payment is `partially_captured` the rest is still held, whatever was refunded meanwhile.
    """

    PENDING = "pending"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    VOIDED = "voided"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


HOLDING = frozenset({Status.AUTHORISED, Status.PARTIALLY_CAPTURED})


def without_hold(captured: int, refunded: int) -> Status:
    """Where a payment stands of which nothing is held any more."""
    if not captured:
        return Status.VOIDED
    if not refunded:
        return Status.CAPTURED
    return Status.REFUNDED if refunded == captured else Status.PARTIALLY_REFUNDED
