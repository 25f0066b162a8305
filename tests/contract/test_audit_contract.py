"""What every service says of a change fits the one contract of `audit.events`."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from chassis.audit import TYPE, change_made
from chassis.context import Deed, change_conversation, conversation
from native import topics

FOLDER = Path(__file__).parents[2] / "contracts" / "events" / "audit"
SCHEMA = json.loads((FOLDER / "change_made.v1.schema.json").read_text())


@pytest.mark.parametrize("outcome", [None, "/v1/stock-adjustments/1"])
@pytest.mark.parametrize("on_behalf_of", [None, "01990000-0000-7000-8000-0000000000f1"])
def test_a_change_is_told_as_the_contract_says(
    outcome: str | None, on_behalf_of: str | None
) -> None:
    deed = Deed(
        service="inventory",
        operation="adjust_stock",
        method="POST",
        path="/v1/stock-adjustments",
        target="t",
        actor="a",
        on_behalf_of=on_behalf_of,
        client_id="c",
        roles=frozenset({"warehouse"}),
    )
    with conversation("r-1"):
        change_conversation(deed=deed)
        event = change_made(outcome=outcome)
    assert event is not None
    Draft202012Validator(SCHEMA).validate(event.data)
    assert set(event.data) == set(SCHEMA["properties"])
    assert event.type == TYPE == SCHEMA["$id"]


def test_the_stack_makes_its_topic() -> None:
    assert {"audit.events", "audit.events.dlq"} <= set(topics.names())
