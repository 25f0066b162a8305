"""What inventory publishes fits the contracts, and it understands their examples."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from chassis.envelope import Event, new_event
from inventory.adapters.event_mapping import availability, order_of, reply, skus_of
from inventory.consumers.catalog_events import Product
from inventory.consumers.inventory_commands import OneOrder, Reserve, Return
from inventory.domain.errors import Shortage
from inventory.domain.reservation import ReservationAnswered, Status, StockReturned
from inventory.domain.stock import AvailabilityChanged

CONTRACTS = Path(__file__).parents[4] / "contracts"
ORDER = UUID("0199aa10-6c00-7abc-8def-0123456789ab")
RETURN = UUID("0199aa15-0000-7000-8000-000000000601")
UNTIL = datetime.fromisoformat("2026-11-22T13:15:00+00:00")


def load(kind: str, service: str, name: str, form: str) -> Any:
    return json.loads((CONTRACTS / kind / service / f"{name}.v1.{form}.json").read_text())


def published() -> Iterator[tuple[str, Event]]:
    shortages = (Shortage("85123A", 6, 2),)
    yield "stock_reserved", reply(ReservationAnswered(ORDER, 1, Status.HELD, UNTIL))
    yield "stock_rejected", reply(ReservationAnswered(ORDER, 1, Status.REJECTED, None, shortages))
    yield "stock_released", reply(ReservationAnswered(ORDER, 2, Status.RELEASED, UNTIL))
    yield "stock_committed", reply(ReservationAnswered(ORDER, 2, Status.COMMITTED, UNTIL))
    yield "reservation_expired", reply(ReservationAnswered(ORDER, 2, Status.EXPIRED, UNTIL))
    yield "stock_returned", reply(StockReturned(ORDER, 3, RETURN, {"85123A": 2}))
    yield "availability_changed", availability(AvailabilityChanged("85123A", False, 3))


@pytest.mark.parametrize(("name", "event"), list(published()), ids=lambda value: str(value)[:24])
def test_a_published_event_is_the_contracts_example(name: str, event: Event) -> None:
    schema = load("events", "inventory", name, "schema")
    Draft202012Validator(schema).validate(event.data)
    assert event.type == schema["$id"]
    assert event.data == load("events", "inventory", name, "example")


def test_the_contracts_name_no_event_that_inventory_does_not_publish() -> None:
    described = {path.name.split(".")[0] for path in (CONTRACTS / "events/inventory").glob("*")}
    assert described == {name for name, _ in published()}


def test_the_commands_examples_are_understood() -> None:
    reserve = Reserve.model_validate(load("commands", "inventory", "reserve_stock", "example"))
    assert (reserve.order_id, reserve.units()) == (ORDER, {"85123A": 6})
    back = Return.model_validate(load("commands", "inventory", "return_stock", "example"))
    assert (back.order_id, back.return_id, back.units()) == (ORDER, RETURN, {"85123A": 2})
    for name in ("release_stock", "commit_stock"):
        body = OneOrder.model_validate(load("commands", "inventory", name, "example"))
        assert body.order_id == ORDER


@pytest.mark.parametrize("name", ["product_created", "product_changed"])
def test_the_catalogues_examples_are_understood(name: str) -> None:
    product = Product.model_validate(load("events", "catalog", name, "example"))
    assert [variant.sku for variant in product.variants] == ["85123A"]


@pytest.mark.parametrize("name", ["reserve_stock", "return_stock", "release_stock", "commit_stock"])
def test_locks_are_taken_ahead_for_what_a_command_names(name: str) -> None:
    data = load("commands", "inventory", name, "example")
    command = new_event(source="x", type=name, subject=str(ORDER), sequence=1, data=data)
    assert order_of(command) == ORDER
    assert skus_of(command) == ({"85123A"} if name in ("reserve_stock", "return_stock") else set())


@pytest.mark.parametrize(
    "data", [{}, {"order_id": 7, "lines": "x"}, {"order_id": None, "lines": [1, {"sku": 2}]}]
)
def test_a_malformed_command_takes_no_locks_ahead(data: dict[str, Any]) -> None:
    command = new_event(source="x", type="x", subject="x", sequence=1, data=data)
    assert (order_of(command), skus_of(command)) == (None, set())
