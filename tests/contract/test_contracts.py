"""Every contract is a valid schema with an example that fits it, and names no secret.

The services test their own models against the same files; this keeps the files themselves honest.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

CONTRACTS = Path(__file__).parents[2] / "contracts"
SCHEMAS = sorted(CONTRACTS.rglob("*.schema.json"))


def example_of(schema: Path) -> Any:
    return json.loads(schema.with_name(schema.name.replace(".schema.", ".example.")).read_text())


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every property of the schema, at any depth, with its own schema."""
    found = list(schema.get("properties", {}).items())
    for _, inner in list(found):
        found += properties(inner)
    for inner in (schema.get("items"), *schema.get("anyOf", [])):
        found += properties(inner) if isinstance(inner, dict) else []
    return found


def test_there_is_a_contract_for_every_message() -> None:
    assert len(SCHEMAS) >= 28


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name.removesuffix(".schema.json"))
def test_the_example_fits_its_schema(path: Path) -> None:
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    checker.validate(example_of(path))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name.removesuffix(".schema.json"))
def test_an_example_without_a_required_field_is_refused(path: Path) -> None:
    schema, example = json.loads(path.read_text()), example_of(path)
    for field in schema["required"]:
        broken = {key: value for key, value in example.items() if key != field}
        assert not Draft202012Validator(schema).is_valid(broken)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name.removesuffix(".schema.json"))
def test_the_title_is_the_type_that_the_path_says(path: Path) -> None:
    service, name = path.parent.name, path.name.removesuffix(".schema.json")
    assert json.loads(path.read_text())["title"] == f"{service}.{name}"


def test_personal_fields_are_marked() -> None:
    """A product's or a line's name is no person's: only auth's events and contacts are."""
    for path in SCHEMAS:
        for name, inner in properties(json.loads(path.read_text())):
            if name == "email" and path.parent.name != "orders":
                assert inner.get("x-pii"), f"{path.name}: {name}"
            if name == "contact":
                assert inner.get("x-pii"), f"{path.name}: {name}"


def test_no_message_has_a_field_for_a_secret_or_a_card() -> None:
    forbidden = {"password", "secret", "card_number", "cvc", "pan", "access_token"}
    for path in SCHEMAS:
        names = {name for name, _ in properties(json.loads(path.read_text()))}
        assert not names & forbidden, path.name
