"""One payment, captured in full, in every answer of the API: the examples in OpenAPI.

`schemas.py` takes them; a test holds them against the schemas.
"""

from typing import Any

PAYMENT_ID = "01990000-0000-7000-8000-0000000000e1"
ORDER_ID = "01990000-0000-7000-8000-0000000000d1"
OPERATION_ID = "01990000-0000-7000-8000-0000000000e2"

_PATH = f"/v1/payments/{PAYMENT_ID}"
_DUE = {"amount": 1530, "currency": "GBP"}
_NOTHING = {"amount": 0, "currency": "GBP"}

OPERATION: dict[str, Any] = {
    "id": OPERATION_ID,
    "kind": "capture",
    "stage": "waiting",
    "amount": _DUE,
    "attempts": 0,
    "failure": None,
    "created_at": "2026-11-22T13:05:00Z",
    "ended_at": None,
    "_links": {
        "self": {"href": f"{_PATH}/operations/{OPERATION_ID}"},
        "payment": {"href": _PATH},
    },
}
PAYMENT: dict[str, Any] = {
    "id": PAYMENT_ID,
    "order_id": ORDER_ID,
    "status": "captured",
    "amount": _DUE,
    "captured": _DUE,
    "refunded": _NOTHING,
    "decline_reason": None,
    "created_at": "2026-11-22T13:00:00Z",
    "updated_at": "2026-11-22T13:05:01Z",
    "_links": {
        "self": {"href": _PATH},
        "order": {"href": f"/v1/orders/{ORDER_ID}"},
        "refunds": {"href": f"{_PATH}/refunds"},
    },
}
_DONE = {"stage": "done", "attempts": 1, "ended_at": "2026-11-22T13:05:01Z"}
PAYMENT_DETAIL: dict[str, Any] = PAYMENT | {"operations": [OPERATION | _DONE]}
PAYMENT_PAGE: dict[str, Any] = {
    "items": [PAYMENT],
    "_links": {"self": {"href": f"/v1/payments?order_id={ORDER_ID}"}},
}
LEDGER: dict[str, Any] = {
    "accounts": [
        {"account": "provider_receivable", "balance": _DUE},
        {"account": "sales", "balance": {"amount": -1530, "currency": "GBP"}},
    ],
    "sum": [_NOTHING],
}
