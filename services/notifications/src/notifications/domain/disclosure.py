"""What leaves the shop, or reaches a page of the order's owner, of each event: an allow-list.

Webhooks and live updates send these members and no others, so that a field which an event gains
goes nowhere until somebody has put it here. A test holds the list against the contracts: nothing
that is marked as personal data is on it.
"""

from collections.abc import Mapping
from typing import Any

ORDER = "order"
_OF_ORDER = frozenset(
    {"order_id", "reference", "customer_id", "lines", "amounts", "total", "country", "placed_at"}
)
_OF_PAYMENT = ("order_id", "payment_id")
_SHIPMENT = ("shipment_id", "lines")
_RETURN = ("return_id", "lines")

SHOWN: Mapping[str, tuple[str, ...]] = {
    "orders.order_placed.v1": (ORDER,),
    "orders.order_confirmed.v1": (ORDER,),
    "orders.order_rejected.v1": (ORDER, "reason", "shortages"),
    "orders.order_cancelled.v1": (ORDER, "cancelled_by"),
    "orders.order_packed.v1": (ORDER,),
    "orders.order_shipped.v1": (ORDER, *_SHIPMENT, "carrier", "tracking", "complete"),
    "orders.order_delivered.v1": (ORDER, *_SHIPMENT, "complete"),
    "orders.return_requested.v1": (ORDER, *_RETURN, "reason"),
    "orders.return_received.v1": (ORDER, *_RETURN, "refund", "complete"),
    "orders.return_refused.v1": (ORDER, *_RETURN, "reason"),
    "orders.order_refunded.v1": (ORDER, "refund_id", "amount", "refunded_total"),
    "orders.refund_failed.v1": (ORDER, "refund_id", "amount", "reason"),
    "payments.payment_authorised.v1": (*_OF_PAYMENT, "amount"),
    "payments.payment_declined.v1": (*_OF_PAYMENT, "reason"),
    "payments.payment_voided.v1": _OF_PAYMENT,
    "payments.payment_captured.v1": (*_OF_PAYMENT, "amount", "shipment_id", "captured_total"),
    "payments.payment_refunded.v1": (*_OF_PAYMENT, "amount", "refund_id", "refunded_total"),
    "payments.capture_failed.v1": (*_OF_PAYMENT, "shipment_id", "reason"),
    "payments.refund_failed.v1": (*_OF_PAYMENT, "refund_id", "reason"),
}


def disclosed(event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the members that may be shown. Raises KeyError for a type that may not."""
    shown = {name: data[name] for name in SHOWN[event_type] if name in data}
    if ORDER in shown:
        shown[ORDER] = {name: part for name, part in data[ORDER].items() if name in _OF_ORDER}
    return shown
