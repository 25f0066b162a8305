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
_NOTHING, _TAX = {"amount": 0, "currency": "GBP"}, {"amount": 255, "currency": "GBP"}
AMOUNTS: dict[str, Any] = {
    "subtotal": _TOTAL,
    "discount": _NOTHING,
    "shipping": _NOTHING,
    "tax": _TAX,
    "shipping_tax": _NOTHING,
    "total": _TOTAL,
    "prices_include_tax": True,
}

CART: dict[str, Any] = {
    "id": CART_ID,
    "items": [_LINE | {"discount": _NOTHING, "available": True}],
    "delivery_method": "free",
    "country": "GB",
    "amounts": AMOUNTS,
    "total": _TOTAL,
    "promotions": [],
    "refused_codes": [],
    "order_id": None,
    "_links": {
        "self": {"href": f"/v1/carts/{CART_ID}"},
        "items": {"href": f"/v1/carts/{CART_ID}/items"},
        "change": {"href": f"/v1/carts/{CART_ID}"},
        "place_order": {"href": "/v1/orders"},
    },
}
CREATED_CART: dict[str, Any] = CART | {
    "items": [],
    "amounts": None,
    "total": None,
    "token": "OZ0VNt3yOEGKyWUmHlOBHVFR4tWd9VbpWq0wTk3xu7o",
    "_links": {
        "self": {"href": f"/v1/carts/{CART_ID}"},
        "items": {"href": f"/v1/carts/{CART_ID}/items"},
        "change": {"href": f"/v1/carts/{CART_ID}"},
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
_ORDER_LINE = _LINE | {
    **dict.fromkeys(("shipped_quantity", "delivered_quantity", "returned_quantity"), 0),
    "discount": _NOTHING,
    "tax": _TAX,
    "total_after": _TOTAL,
}
_PARCEL = {"count": 1, "weight_grams": 1_500, "contents": [{"sku": "85123A", "quantity": 6}]}
ORDER: dict[str, Any] = {
    **{name: SUMMARY[name] for name in ("id", "status", "reference", "customer_id")},
    "contact": None,
    "shipping_address": ADA,
    "lines": [_ORDER_LINE],
    "total": _TOTAL,
    "amounts": AMOUNTS,
    "promotions": [],
    "delivery_method": "free",
    "parcels": [_PARCEL],
    "captured": _NOTHING,
    "refunded": _NOTHING,
    "payment_problem": None,
    "shipments": [],
    "returns": [],
    "refunds": [],
    "rejection": None,
    "cancelled_by": None,
    "version": 2,
    "placed_at": _PLACED,
    "updated_at": _SETTLED,
    "_links": {
        "self": {"href": f"/v1/orders/{ORDER_ID}"},
        "timeline": {"href": f"/v1/orders/{ORDER_ID}/timeline"},
        "cancel": {"href": f"/v1/orders/{ORDER_ID}/cancellation"},
    },
}

PRICE_PAGE: dict[str, Any] = {
    "items": [{"sku": "85123A", "name": _NAME, "price": _PRICE, "withdrawn": False, "sequence": 1}],
    "_links": {"self": {"href": "/v1/prices?limit=20"}},
}
