"""The request bodies of every operation, from its own OpenAPI example, and how to spoil each field.

Used by `test_hostile_fields.py`. Bodies whose example would change the real shop get one of their
own; every code begins with 97, which no product of the real shop has.
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

    def fresh(self) -> Any:
        """A copy that no request has used yet."""
        return _OWN[self.operation.name]() if self.operation.name in _OWN else self.example


def bodies() -> list[Body]:
    """Every request body of every service."""
    found = []
    for service, app in applications().items():
        document = app.openapi()
        for operation in operations(service, app):
            said = document["paths"][operation.path][operation.method.lower()]
            for media_type, content in said.get("requestBody", {}).get("content", {}).items():
                found.append(Body(operation, media_type, _example(content, document)))
    return found


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
    "adjust_stock": lambda: {"reason": "found", "lines": [{"sku": SKU, "delta": 1}]},
}
