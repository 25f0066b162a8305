"""One SKU of the real shop in every answer of the API, for the examples in OpenAPI.

`schemas.py` takes them; a test holds them against the schemas.
"""

from typing import Any

ADJUSTMENT_ID = "01990000-0000-7000-8000-0000000000b1"
_STOCK = "/v1/stock/85123A"

STOCK: dict[str, Any] = {
    "sku": "85123A",
    "available": 94,
    "reserved": 6,
    "sold": 12,
    "returned": 2,
    "in_stock": True,
    "_links": {"self": {"href": _STOCK}, "movements": {"href": f"{_STOCK}/movements"}},
}
STOCK_PAGE: dict[str, Any] = {
    "items": [STOCK],
    "_links": {
        "self": {"href": "/v1/stock?limit=1"},
        "next": {"href": "/v1/stock?limit=1&cursor=eyJza3UiOiI4NTEyM0EifQ"},
    },
}
MOVEMENT: dict[str, Any] = {
    "id": 4711,
    "kind": "adjusted",
    "available": 12,
    "reserved": 0,
    "sold": 0,
    "returned": 0,
    "cause": ADJUSTMENT_ID,
    "made_at": "2026-11-22T08:30:00Z",
}
MOVEMENT_PAGE: dict[str, Any] = {
    "items": [MOVEMENT],
    "_links": {"self": {"href": f"{_STOCK}/movements"}},
}
FOUND: dict[str, Any] = {"reason": "delivery", "lines": [{"sku": "85123A", "delta": 12}]}
ADJUSTMENT: dict[str, Any] = FOUND | {
    "id": ADJUSTMENT_ID,
    "made_by": "01990000-0000-7000-8000-0000000000f1",
    "made_at": "2026-11-22T08:30:00Z",
    "_links": {"self": {"href": f"/v1/stock-adjustments/{ADJUSTMENT_ID}"}},
}
