"""One order's shipment, return and refund, for the examples in OpenAPI.

The bodies and the routes take them; a test holds them against the schemas.
"""

from typing import Any

from orders.api.examples import ORDER_ID

SHIPMENT_ID = "01990000-0000-7000-8000-0000000000d2"
RETURN_ID = "01990000-0000-7000-8000-0000000000d3"
REFUND_ID = "01990000-0000-7000-8000-0000000000d4"
_ORDER = f"/v1/orders/{ORDER_ID}"
_SHIPPED, _RETURNED = "2026-11-22T15:00:00Z", "2026-11-25T09:00:00Z"
_LINE: dict[str, Any] = {"sku": "85123A", "quantity": 6}
_TWO: dict[str, Any] = {"sku": "85123A", "quantity": 2}
_MESSAGE = "01990000-0000-7000-8000-0000000000e9"

PARCEL: dict[str, Any] = {
    "lines": [_LINE],
    "carrier": "Royal Mail",
    "tracking": "AB123456789GB",
}
SHIPMENT: dict[str, Any] = {
    **PARCEL,
    "id": SHIPMENT_ID,
    "charge": {
        "amount": {"amount": 1530, "currency": "GBP"},
        "status": "captured",
        "problem": None,
    },
    "shipped_at": _SHIPPED,
    "delivered_at": None,
    "_links": {"self": {"href": f"{_ORDER}/shipments/{SHIPMENT_ID}"}},
}
WANTED_RETURN: dict[str, Any] = {"lines": [_TWO], "reason": "Arrived broken"}
RETURN: dict[str, Any] = {
    **WANTED_RETURN,
    "id": RETURN_ID,
    "status": "requested",
    "refund": None,
    "refusal": None,
    "restocked": False,
    "requested_at": _RETURNED,
    "closed_at": None,
    "_links": {"self": {"href": f"{_ORDER}/returns/{RETURN_ID}"}},
}
REFUSAL: dict[str, Any] = {"reason": "The goods have been used"}
WANTED_REFUND: dict[str, Any] = {
    "amount": {"amount": 100, "currency": "GBP"},
    "reason": "Goodwill",
}
REFUND: dict[str, Any] = {
    **WANTED_REFUND,
    "id": REFUND_ID,
    "status": "pending",
    "return_id": None,
    "problem": None,
    "requested_at": _RETURNED,
    "closed_at": None,
    "_links": {"self": {"href": f"{_ORDER}/refunds/{REFUND_ID}"}},
}
TIMELINE: dict[str, Any] = {
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "items": [
        {
            "position": 4711,
            "at": "2026-11-22T13:00:00Z",
            "kind": "command_sent",
            "name": "inventory.reserve_stock.v1",
            "request_id": "01990000-0000-7000-8000-0000000000e8",
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "message_id": _MESSAGE,
            "actor": None,
            "attempt": 1,
            "compensation": False,
        }
    ],
    "_links": {"self": {"href": f"{_ORDER}/timeline"}},
}
