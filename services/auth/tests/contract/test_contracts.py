"""What auth publishes fits the contract that its consumers were written against."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auth.adapters.event_mapping import to_message
from auth.application.import_user import ImportUser, import_user
from auth.domain.user import UserRegistered
from services.auth.tests.world import World

CONTRACTS = Path(__file__).parents[4] / "contracts" / "events" / "auth"


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((CONTRACTS / name).read_text())
    return document


@pytest.fixture
def validator() -> jsonschema.Draft202012Validator:
    schema = read("user_registered.v1.schema.json")
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


async def test_registered_accounts_are_published_as_agreed(
    seeded: World, validator: jsonschema.Draft202012Validator
) -> None:
    published = [event for _topic, event in seeded.uow.published]
    assert len(published) == 5
    for event in published:
        validator.validate(event.data)
        assert (event.type, event.source) == ("auth.user_registered.v1", "/services/auth")
        assert (event.subject, event.sequence) == (event.data["user_id"], 1)
    assert published[0].data == read("user_registered.v1.example.json")


async def test_imported_accounts_say_that_they_are(
    world: World, validator: jsonschema.Draft202012Validator
) -> None:
    command = ImportUser("customer-1@example.com", "Customer 1", "souk-operator")
    user, _new = await import_user(command, world.new_uow(), world.clock())
    message = to_message(UserRegistered(user))
    validator.validate(message.data)
    assert message.data["imported"] is True


def test_no_secret_is_in_the_contract() -> None:
    fields = read("user_registered.v1.schema.json")["properties"].keys()
    assert not {field for field in fields if "password" in field or "token" in field}
