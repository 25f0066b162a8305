"""One product of the real shop in every shape of the API, for the examples in OpenAPI.

`schemas.py` and the routes take them; tests send them, and hold them against the schemas.
"""

from typing import Any

_NAME = "WHITE HANGING HEART T-LIGHT HOLDER"
SLUG = "white-hanging-heart-t-light-holder"
_PRICE = {"amount": 255, "currency": "GBP"}
_VARIANT = {"sku": "85123A", "name": _NAME, "price": _PRICE}

HEART: dict[str, Any] = {"code": "85123", "name": _NAME, "variants": [_VARIANT]}
LANTERN: dict[str, Any] = {
    "code": "99001",
    "name": "STRIPED PAPER LANTERN",
    "description": "Folds flat.",
    "variants": [
        {
            "sku": "99001R",
            "name": "STRIPED PAPER LANTERN RED",
            "price": {"amount": 425, "currency": "GBP"},
            "weight_grams": 120,
        }
    ],
}

PICTURE: dict[str, Any] = {
    "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "alt": "A white heart of wood with a tea light in it",
    "width": 4000,
    "height": 3000,
    "renditions": [
        {
            "href": f"/v1/media/{digest}.webp",
            "width": width,
            "height": width * 3 // 4,
            "type": "image/webp",
        }
        for width, digest in ((160, "a1" * 32), (480, "b2" * 32), (960, "c3" * 32))
    ],
}
PRODUCT: dict[str, Any] = {
    "id": "01990000-0000-7000-8000-0000000000f2",
    "slug": SLUG,
    "code": "85123",
    "name": _NAME,
    "description": "Holds one tea light.",
    "category": "candle-holders",
    "price_from": _PRICE,
    "in_stock": True,
    "variants": [_VARIANT | {"in_stock": True}],
    "_links": {
        "self": {"href": f"/v1/products/{SLUG}"},
        "category": {"href": "/v1/categories/candle-holders"},
    },
}
PRODUCT_PAGE: dict[str, Any] = {
    "items": [PRODUCT],
    "_links": {
        "self": {"href": "/v1/products?limit=1"},
        "next": {"href": "/v1/products?limit=1&cursor=eyJzb3J0IjoibmV3ZXN0In0"},
    },
}

_V2_LINKS = PRODUCT["_links"] | {"self": {"href": f"/v2/products/{SLUG}"}}
_CAN_BE_HAD = {"availability": {"status": "in_stock"}}
PRODUCT_V2: dict[str, Any] = {
    **{name: PRODUCT[name] for name in ("id", "slug", "code", "name", "description", "category")},
    "price_range": {"lowest": _PRICE, "highest": _PRICE},
    **_CAN_BE_HAD,
    "variants": [_VARIANT | _CAN_BE_HAD | {"weight_grams": None}],
    "pictures": [PICTURE],
    "_links": _V2_LINKS,
}
PRODUCT_V2_PAGE: dict[str, Any] = {
    "items": [PRODUCT_V2],
    "_links": {
        "self": {"href": "/v2/products?limit=1"},
        "next": {"href": "/v2/products?limit=1&cursor=eyJzb3J0IjoibmV3ZXN0In0"},
    },
}


def _category(slug: str, name: str, *children: dict[str, Any]) -> dict[str, Any]:
    links = {
        "self": {"href": f"/v1/categories/{slug}"},
        "products": {"href": f"/v1/products?category={slug}"},
    }
    return {"slug": slug, "name": name, "children": list(children), "_links": links}


_HOLDERS = _category("candle-holders", "Candle Holders")
_CANDLES = _category("candles-and-lighting", "Candles & Lighting", _HOLDERS)
CATEGORY: dict[str, Any] = _category("home", "Home", _CANDLES)
CATEGORY_TREE: dict[str, Any] = {
    "items": [CATEGORY],
    "_links": {"self": {"href": "/v1/categories"}},
}
CATEGORY_PAGE: dict[str, Any] = _HOLDERS | {
    "path": [
        {"slug": "home", "name": "Home"},
        {"slug": "candles-and-lighting", "name": "Candles & Lighting"},
        {"slug": "candle-holders", "name": "Candle Holders"},
    ]
}
BATCH_RESULT: dict[str, Any] = {"created": 0, "changed": 1, "unchanged": 199}
