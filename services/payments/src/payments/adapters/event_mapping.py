"""How the events of a payment look on the wire: `payments.events`, as contracts/ has them.

The unit of work calls `message_of` when it collects what its payments recorded.
"""

from collections.abc import Iterator
from dataclasses import fields
from uuid import UUID

from chassis.envelope import Event, new_event
from payments.domain.events import (
    CaptureFailed,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentEvent,
    PaymentRefunded,
    PaymentVoided,
    RefundFailed,
)
from payments.domain.money import Money

TOPIC = "payments.events"
SOURCE = "/services/payments"

_TYPES: dict[type[PaymentEvent], str] = {
    PaymentAuthorised: "payments.payment_authorised.v1",
    PaymentDeclined: "payments.payment_declined.v1",
    PaymentVoided: "payments.payment_voided.v1",
    PaymentCaptured: "payments.payment_captured.v1",
    CaptureFailed: "payments.capture_failed.v1",
    PaymentRefunded: "payments.payment_refunded.v1",
    RefundFailed: "payments.refund_failed.v1",
}
_IN_THE_ENVELOPE = frozenset({"sequence"})
# The schemas leave these out where the command named none; elsewhere null has a meaning.
_MAYBE_ABSENT = frozenset({"shipment_id", "refund_id"})


def message_of(event: PaymentEvent) -> Event:
    """The envelope; keyed by the order, in whose conversation it is a reply."""
    return new_event(
        source=SOURCE,
        type=_TYPES[type(event)],
        subject=str(event.order_id),
        sequence=event.sequence,
        data=dict(_data(event)),
    )


def order_of(command: Event) -> UUID | None:
    """Which order a command is about, without judging it: this only takes the locks ahead."""
    try:
        return UUID(str(command.data.get("order_id")))
    except ValueError:
        return None


def _data(event: PaymentEvent) -> Iterator[tuple[str, object]]:
    """The schemas name the fields as the events do."""
    for each in fields(event):
        value = getattr(event, each.name)
        absent = value is None and each.name in _MAYBE_ABSENT
        if each.name not in _IN_THE_ENVELOPE and not absent:
            yield each.name, _plain(value)


def _plain(value: UUID | Money | str | None) -> object:
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    return str(value) if isinstance(value, UUID) else value
