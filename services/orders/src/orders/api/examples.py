"""One purchase from the cart to the confirmed order, for the examples in OpenAPI.

The bodies and the routes take them; a test holds them against the schemas.
"""

from typing import Any

CART_ID = "01990000-0000-7000-8000-0000000000c1"
ORDER_ID = "01990000-0000-7000-8000-0000000000d1"
_CUSTOMER_ID = "01990000-0000-7000-8000-0000000000f1"
_PLACED, _SETTLED = "2026-11-22T13:00:00Z", "2026-11-22T13:00:01Z"

_NAME = "WHITE HANGING HEART T-LIGHT HOLDER"
_PRICE = {"amount": 255, "currency": "GBP"}
_TOTAL = {"amount": 1530, "currency": "GBP"}
_LINE = {"sku": "85123A", "name": _NAME, "quantity": 6, "unit_price": _PRICE, "total": _TOTAL}

CART: dict[str, Any] = {
    "id": CART_ID,
    "items": [_LINE | {"available": True}],
    "total": _TOTAL,
    "order_id": None,
    "_links": {
        "self": {"href": f"/v1/carts/{CART_ID}"},
        "items": {"href": f"/v1/carts/{CART_ID}/items"},
        "place_order": {"href": "/v1/orders"},
    },
}
CREATED_CART: dict[str, Any] = CART | {
    "items": [],
    "total": None,
    "token": "OZ0VNt3yOEGKyWUmHlOBHVFR4tWd9VbpWq0wTk3xu7o",
    "_links": {
        "self": {"href": f"/v1/carts/{CART_ID}"},
        "items": {"href": f"/v1/carts/{CART_ID}/items"},
    },
}

ADA: dict[str, Any] = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}
SUMMARY: dict[str, Any] = {
    "id": ORDER_ID,
    "status": "confirmed",
    "reference": None,
    "customer_id": _CUSTOMER_ID,
    "country": "GB",
    "total": _TOTAL,
    "version": 2,
    "placed_at": _PLACED,
    "updated_at": _SETTLED,
    "_links": {"self": {"href": f"/v1/orders/{ORDER_ID}"}},
}
ORDER_PAGE: dict[str, Any] = {
    "items": [SUMMARY],
    "_links": {"self": {"href": "/v1/orders?limit=20"}},
}
ORDER: dict[str, Any] = {
    **{name: SUMMARY[name] for name in ("id", "status", "reference", "customer_id")},
    "contact": None,
    "shipping_address": ADA,
    "lines": [_LINE],
    "total": _TOTAL,
    "rejection": None,
    "cancelled_by": None,
    "version": 2,
    "placed_at": _PLACED,
    "updated_at": _SETTLED,
    "_links": {
        "self": {"href": f"/v1/orders/{ORDER_ID}"},
        "cancel": {"href": f"/v1/orders/{ORDER_ID}/cancellation"},
    },
}

PRICE_PAGE: dict[str, Any] = {
    "items": [{"sku": "85123A", "name": _NAME, "price": _PRICE, "withdrawn": False, "sequence": 1}],
    "_links": {"self": {"href": "/v1/prices?limit=20"}},
}
