"""Promotions of a gift shop, for the examples in OpenAPI.

The bodies and the routes take them; a test holds them against the schemas.
"""

from typing import Any

PROMOTION_ID = "01990000-0000-7000-8000-000000000092"

WELCOME: dict[str, Any] = {
    "name": "Ten per cent off the first order",
    "code": "WELCOME10",
    "benefit": {"kind": "percentage", "percent": 10},
    "limit_per_customer": 1,
}
THREE_FOR_TWO: dict[str, Any] = {
    "name": "Three hanging hearts for two",
    "benefit": {"kind": "buy_and_get", "buy": 2, "free": 1},
    "skus": ["85123A"],
    "group": "seasonal",
    "ends_at": "2027-01-01T00:00:00Z",
}
PROMOTION: dict[str, Any] = {
    "id": PROMOTION_ID,
    **WELCOME,
    "skus": [],
    "minimum_subtotal": None,
    "starts_at": "2026-11-22T13:00:00Z",
    "ends_at": None,
    "exclusive": False,
    "group": None,
    "limit": None,
    "used": 3,
    "_links": {"self": {"href": f"/v1/promotions/{PROMOTION_ID}"}},
}
PROMOTION_PAGE: dict[str, Any] = {
    "items": [PROMOTION],
    "_links": {"self": {"href": "/v1/promotions?limit=20"}},
}
