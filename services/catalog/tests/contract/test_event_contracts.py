"""What the catalogue publishes and reads keeps to contracts/events."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from catalog.adapters.event_mapping import message_of
from catalog.consumers.inventory_events import AvailabilityChanged
from catalog.domain.events import ProductEvent
from catalog.domain.money import Money
from catalog.domain.pictures import Picture, Rendition
from catalog.testing import make_product

EVENTS = Path(__file__).parents[4] / "contracts" / "events"


def contract(service: str, name: str, part: str) -> Any:
    return json.loads((EVENTS / service / f"{name}.v1.{part}.json").read_text())


def life_of_a_product() -> list[ProductEvent]:
    """One event of each kind, as a product leaves them."""
    product = make_product(prices={"85123A": 295, "85123B": 310})
    product.set_price("85123A", Money(255, "GBP"))
    product.revise(make_product(name="RED HEART", prices={"85123A": 255}).content)
    product.withdraw()
    return product.new_events


@pytest.mark.parametrize("event", life_of_a_product(), ids=lambda event: type(event).__name__)
def test_what_is_published_fits_its_schema(event: ProductEvent) -> None:
    message = message_of(event)
    service, name, version = message.type.split(".")
    assert (service, version) == ("catalog", "v1")
    schema = contract(service, name, "schema")
    Draft202012Validator(schema).validate(message.data)
    assert set(message.data) == set(schema["properties"])
    assert message.subject == message.data["product_id"]
    assert message.sequence == event.sequence


def test_a_weight_is_published_where_it_is_known() -> None:
    content = make_product(prices={"85123A": 295}).content
    weighed = replace(content, variants=(replace(content.variants[0], weight_grams=180),))
    product = make_product(prices={"85123A": 295})
    product.revise(weighed)
    message = message_of(product.new_events[-1])
    Draft202012Validator(contract("catalog", "product_changed", "schema")).validate(message.data)
    assert message.data["variants"][0]["weight_grams"] == 180


def test_pictures_are_published_with_paths_that_the_shop_answers() -> None:
    product = make_product()
    shown = (Rendition(f"{'ab' * 32}.webp", 160, 120),)
    product.attach(Picture("1" * 64, "A heart", 400, 300, shown), "upload")
    message = message_of(product.new_events[-1])
    Draft202012Validator(contract("catalog", "product_changed", "schema")).validate(message.data)
    (picture,) = message.data["pictures"]
    assert picture["renditions"][0]["path"] == f"/v1/media/{'ab' * 32}.webp"


def test_every_event_of_the_catalogue_is_published() -> None:
    written = {path.name.partition(".")[0] for path in (EVENTS / "catalog").glob("*.schema.json")}
    assert {message_of(event).type.split(".")[1] for event in life_of_a_product()} == written


def test_what_is_read_from_inventory_is_in_its_contract() -> None:
    example = contract("inventory", "availability_changed", "example")
    assert AvailabilityChanged.model_validate(example).sku == example["sku"]
    schema = contract("inventory", "availability_changed", "schema")
    assert set(AvailabilityChanged.model_fields) <= set(schema["required"])
