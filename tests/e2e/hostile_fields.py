"""The request bodies of every operation, from its own OpenAPI example, and how to spoil each field.

Used by `test_hostile_fields.py`. Bodies whose example would change the real shop get one of their
own; every code begins with 97, which no product of the real shop has. What an example leaves out
is added; `tests/contract/test_hostile_fields_are_all.py` sees to it that no field is missing.
"""

import copy
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from native.authorization import Operation, applications, operations
from tests.e2e.shop import SKU

PRIVILEGED = {
    "role": "admin",
    "roles": ["admin"],
    "scopes": ["users:write"],
    "is_admin": True,
    "status": "confirmed",
    "total": {"amount": 1, "currency": "GBP"},
    "unit_price": {"amount": 1, "currency": "GBP"},
    "user_id": "01990000-0000-7000-8000-0000000000f1",
    "customer_id": "01990000-0000-7000-8000-0000000000f1",
    "id": "01990000-0000-7000-8000-00000000dead",
    "version": 1,
    "imported_by": "souk-operator",
    "email_verified": True,
    "created_at": "2020-01-01T00:00:00Z",
}
# What the admin may say, for it is the registration itself.
MAY_BE_SAID = {("register_client", "scopes"), ("change_client", "scopes")}
# An address that is there to be called; services/notifications judges where it leads, and tests it.
CALLED = {("create_webhook", "url"), ("change_webhook", "url")}
OPERATORS = ({"$ne": None}, {"$gt": ""}, {"$where": "sleep(1000)"}, [{"$ne": 1}])
SQL = (
    "' OR '1'='1' --",
    "'; DROP TABLE users; SELECT '",
    "\\'; SELECT pg_sleep(10); --",
    "%_%",
    '{"$ne": null}',
)


@dataclass(frozen=True)
class Body:
    """The body of an operation with its media type."""

    operation: Operation
    media_type: str
    example: Any
    schema: Any

    def fresh(self) -> Any:
        """A copy that no request has used yet, with every field that the schema knows."""
        name = self.operation.name
        return {**(_OWN[name]() if name in _OWN else self.example), **_MORE.get(name, {})}


def bodies() -> list[Body]:
    """Every request body of every service."""
    found = []
    for service, app in applications().items():
        document = app.openapi()
        for operation in operations(service, app):
            said = document["paths"][operation.path][operation.method.lower()]
            for media_type, content in said.get("requestBody", {}).get("content", {}).items():
                example, schema = _example(content, document), content["schema"]
                found.append(Body(operation, media_type, example, _whole(schema, document)))
    return found


def _whole(schema: Any, document: Any) -> Any:
    """The schema with what it refers to in place."""
    if isinstance(schema, list):
        return [_whole(inner, document) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(name := schema.get("$ref"), str):
        return _whole(document["components"]["schemas"][name.rpartition("/")[2]], document)
    return {name: _whole(inner, document) for name, inner in schema.items()}


def _example(content: Any, document: Any) -> Any:
    if "examples" in content:
        return next(iter(content["examples"].values()))["value"]
    name = content["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]["examples"][0]


def leaves(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every text in the body."""
    if isinstance(value, str):
        yield way
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*way, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*way, index))


def objects(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every object in the body, itself included."""
    if isinstance(value, dict):
        yield way
        for name, inner in value.items():
            yield from objects(inner, (*way, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from objects(inner, (*way, index))


def fields(schema: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every text, and to every object of known members, that the schema has a place for.

    Of a list the first item stands for all, as of alternatives each.
    """
    for kind in ("anyOf", "oneOf", "allOf"):
        for choice in schema.get(kind, ()):
            yield from fields(choice, way)
    if schema.get("type") == "string" or "properties" in schema:
        yield way
    for name, inner in schema.get("properties", {}).items():
        yield from fields(inner, (*way, name))
    if schema.get("type") == "array":
        yield from fields(schema["items"], (*way, 0))


def changed(body: Any, way: tuple[str | int, ...], value: Any) -> Any:
    """The body with another value at the place that the way leads to."""
    spoiled = copy.deepcopy(body)
    place = spoiled
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    return spoiled


def _product() -> dict[str, Any]:
    code = f"97{secrets.randbelow(1_000):03}"
    price = {"amount": 100, "currency": "GBP"}
    variant = {"sku": f"{code}A", "name": "Lamp", "price": price}
    return {"code": code, "name": "LAMP", "variants": [variant]}


def _address() -> str:
    return f"hostile-{secrets.token_hex(8)}@example.com"


_TEN = {"amount": 10, "currency": "GBP"}
_LATER = {"starts_at": "2098-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"}
# What an example leaves out.
_TERMS = {"name": "Ten", "skus": [SKU], "minimum_subtotal": _TEN, "group": "seasonal", **_LATER}
_MORE: Mapping[str, Mapping[str, Any]] = {
    "change_client": {
        "grant_types": ["authorization_code"],
        "scopes": ["profile"],
        "redirect_uris": ["https://prices.example/callback"],
        "post_logout_redirect_uris": ["https://prices.example/"],
    },
    "create_product": {"category": "lamps-and-lanterns"},
    "change_product": {
        "name": "LAMP",
        "category": "lamps-and-lanterns",
        "variants": [{"sku": "97001A", "name": "Lamp", "price": _TEN}],
    },
    "place_order": {
        "contact": {"email": "ada@example.com", "name": "Ada Lovelace"},
        "reference": "Birthday",
    },
    "ship_order": {"tracking": "AB1", "lines": [{"sku": SKU, "quantity": 1}]},
    "create_promotion": {**_TERMS, "benefit": {"kind": "fixed_amount", "amount": _TEN}},
    "change_promotion": _TERMS,
    "start_reconciliation": {"since": "2026-01-01T00:00:00Z"},
    "capture_payment": {"amount": _TEN},
    "refund_payment": {"amount": _TEN},
    "change_webhook": {
        "description": "The warehouse's own system",
        "event_types": ["orders.order_placed.v1"],
        "url": "https://merchant.invalid/souk",
    },
}
_OWN: Mapping[str, Callable[[], Any]] = {
    "create_product": lambda: {**_product(), "description": "Bright."},
    "import_products": lambda: {"products": [_product()]},
    "register_user": lambda: {"email": _address(), "name": "Hal", "password": "correct horse 77"},
    "register_client": lambda: {
        "client_name": "Watcher",
        "grant_types": ["authorization_code"],
        "scopes": ["profile"],
        "redirect_uris": ["https://prices.example/callback"],
        "post_logout_redirect_uris": ["https://prices.example/"],
        "token_endpoint_auth_method": "none",
    },
    "import_user": lambda: {"email": _address(), "name": "Hal"},
    "create_promotion": lambda: {"code": f"HOSTILE-{secrets.token_hex(6).upper()}"},
    "adjust_stock": lambda: {"reason": "found", "lines": [{"sku": SKU, "delta": 1}]},
}
