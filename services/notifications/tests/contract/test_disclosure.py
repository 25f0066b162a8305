"""No personal data leaves in a webhook or a live update: the allow-list against the contracts."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from notifications.domain import disclosure
from notifications.domain.disclosure import SHOWN, disclosed
from services.notifications.tests.fakes import CONTRACTS, example

SECRET = "a-word-that-must-not-leave"


def schema_of(kind: str) -> dict[str, Any]:
    service, name, _version = kind.split(".")
    path = CONTRACTS / "events" / service / f"{name}.v1.schema.json"
    schema: dict[str, Any] = json.loads(path.read_text())
    return schema


def personal(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of what is marked, at any depth; `*` is every item of a list."""
    if schema.get("x-pii"):
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from personal(inner, (*path, name))
    if isinstance(schema.get("items"), dict):
        yield from personal(schema["items"], (*path, "*"))
    for inner in schema.get("anyOf", ()):
        yield from personal(inner, path)


def planted(data: Any, path: tuple[str, ...]) -> Any:
    """The data with the word in the place of what the path leads to."""
    if not path:
        return SECRET
    if path[0] == "*":
        return [planted(item, path[1:]) for item in data]
    return {**data, path[0]: planted(data[path[0]], path[1:])}


def leaks(kind: str) -> list[tuple[str, ...]]:
    paths = list(personal(schema_of(kind)))
    return [p for p in paths if SECRET in json.dumps(disclosed(kind, planted(example(kind), p)))]


@pytest.mark.parametrize("kind", SHOWN)
def test_what_is_marked_as_personal_does_not_leave(kind: str) -> None:
    assert leaks(kind) == []


def test_the_events_of_orders_do_have_personal_data_that_stays() -> None:
    assert ("order", "contact") in set(personal(schema_of("orders.order_placed.v1")))


def test_a_field_too_many_on_the_list_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "_OF_ORDER", {"order_id", "contact"})
    assert leaks("orders.order_placed.v1") == [("order", "contact")]


@pytest.mark.parametrize("kind", SHOWN)
def test_every_member_on_the_list_is_in_the_contract(kind: str) -> None:
    assert set(SHOWN[kind]) <= schema_of(kind)["properties"].keys()
    assert disclosed(kind, example(kind) | {"new": 1}).keys() <= set(SHOWN[kind])


def test_every_event_of_orders_and_payments_can_be_had() -> None:
    kinds = {
        f"{service}.{path.name.split('.')[0]}.v1"
        for service in ("orders", "payments")
        for path in (CONTRACTS / "events" / service).iterdir()
    }
    assert kinds == SHOWN.keys()
