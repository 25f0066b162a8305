"""What happened to a payment, in the past tense.

The aggregate records them; `adapters/event_mapping.py` turns them into messages of
`payments.events`. `sequence` is the payment's version: it counts every event without a gap.
"""

from dataclasses import dataclass
from uuid import UUID

from payments.domain.money import Money


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """What all of them have; `payment_id` is None where nothing was ever authorised."""

    order_id: UUID
    payment_id: UUID | None
    sequence: int


@dataclass(frozen=True, slots=True)
class PaymentAuthorised(PaymentEvent):
    """The customer's bank holds the amount."""

    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentDeclined(PaymentEvent):
    """Nothing is held; the reason is the provider's code, or one of ours."""

    reason: str


@dataclass(frozen=True, slots=True)
class PaymentVoided(PaymentEvent):
    """What was held is released, or nothing will ever be authorised for this order."""


@dataclass(frozen=True, slots=True)
class PaymentCaptured(PaymentEvent):
    """The amount was taken, for the shipment that the command named."""

    amount: Money
    captured_total: Money
    shipment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CaptureFailed(PaymentEvent):
    """Nothing was taken; the reason is the provider's code, or one of ours."""

    reason: str
    shipment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaymentRefunded(PaymentEvent):
    """The amount went back to the customer, in this one refund."""

    amount: Money
    refunded_total: Money
    refund_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RefundFailed(PaymentEvent):
    """Nothing went back; the reason is the provider's code, or one of ours."""

    reason: str
    refund_id: UUID | None = None
