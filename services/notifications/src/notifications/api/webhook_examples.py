"""One webhook and one delivery, as the API shows them: the examples in OpenAPI.

`webhook_schemas.py` takes them; a test holds them against the schemas.
"""

from typing import Any

WEBHOOK_ID = "01990000-0000-7000-8000-000000000081"
DELIVERY_ID = "01990000-0000-7000-8000-000000000082"
_EVENT_ID = "01990000-0000-7000-8000-000000000083"
_PATH = f"/v1/webhooks/{WEBHOOK_ID}"
_OF_DELIVERY = f"{_PATH}/deliveries/{DELIVERY_ID}"

REQUEST: dict[str, Any] = {
    "url": "https://merchant.example/souk",
    "event_types": ["orders.order_placed.v1", "orders.order_shipped.v1"],
    "description": "The warehouse's own system",
}
WEBHOOK: dict[str, Any] = {
    "id": WEBHOOK_ID,
    **REQUEST,
    "enabled": True,
    "problem": None,
    "secret": None,
    "created_at": "2026-11-22T13:00:00Z",
    "updated_at": "2026-11-22T13:00:00Z",
    "_links": {"self": {"href": _PATH}, "deliveries": {"href": f"{_PATH}/deliveries"}},
}
WEBHOOK_PAGE: dict[str, Any] = {
    "items": [WEBHOOK],
    "_links": {"self": {"href": "/v1/webhooks"}},
}
DELIVERY: dict[str, Any] = {
    "id": DELIVERY_ID,
    "event_id": _EVENT_ID,
    "event_type": "orders.order_shipped.v1",
    "status": "delivered",
    "created_at": "2026-11-22T13:00:01Z",
    "delivered_at": "2026-11-22T13:00:07Z",
    "next_attempt_at": None,
    "gives_up_at": None,
    "attempts": [
        {"at": "2026-11-22T13:00:01Z", "milliseconds": 31, "status": 503, "error": None},
        {"at": "2026-11-22T13:00:07Z", "milliseconds": 24, "status": 200, "error": None},
    ],
    "_links": {
        "self": {"href": _OF_DELIVERY},
        "redelivery": {"href": f"{_OF_DELIVERY}/redelivery"},
    },
}
DELIVERY_PAGE: dict[str, Any] = {
    "items": [DELIVERY],
    "_links": {"self": {"href": f"{_PATH}/deliveries"}},
}
