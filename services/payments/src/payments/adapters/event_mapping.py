"""How the events of a payment look on the wire: `payments.events`, as contracts/ has them.

The unit of work calls `message_of` when it collects what its payments recorded.
"""

from typing import Any

from chassis.envelope import Event, new_event
from payments.domain.events import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentEvent,
    PaymentRefunded,
    PaymentVoided,
)

TOPIC = "payments.events"
SOURCE = "/services/payments"

_TYPES: dict[type[PaymentEvent], str] = {
    PaymentAuthorised: "payments.payment_authorised.v1",
    PaymentDeclined: "payments.payment_declined.v1",
    PaymentVoided: "payments.payment_voided.v1",
    PaymentCaptured: "payments.payment_captured.v1",
    PaymentRefunded: "payments.payment_refunded.v1",
}


def message_of(event: PaymentEvent) -> Event:
    """The envelope; keyed by the order, in whose conversation it is a reply."""
    payment_id = event.payment_id
    data: dict[str, Any] = {
        "order_id": str(event.order_id),
        "payment_id": None if payment_id is None else str(payment_id),
    }
    if isinstance(event, PaymentAuthorised | PaymentCaptured | PaymentRefunded):
        data["amount"] = {"amount": event.amount.amount, "currency": event.amount.currency}
    elif isinstance(event, PaymentDeclined):
        data["reason"] = event.reason
    return new_event(
        source=SOURCE,
        type=_TYPES[type(event)],
        subject=str(event.order_id),
        sequence=event.sequence,
        data=data,
    )
