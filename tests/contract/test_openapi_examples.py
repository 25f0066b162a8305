"""Every answer and every body in the services' OpenAPI documents has an example that fits it.

Swagger UI shows these examples at `/docs`; where one is missing it invents `additionalProp1`. The
documents are made from the services' routers alone, so no server is needed.
"""

from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from chassis.openapi import refine

SERVICES = ("catalog", "inventory", "orders", "payments", "notifications")
METHODS = frozenset({"get", "put", "post", "delete", "patch"})

Document = dict[str, Any]


def document_of(service: str) -> Document:
    api = import_module(f"{service}.api")
    names = [f"{service}.api.{found.name}" for found in iter_modules(api.__path__)]
    app = FastAPI()
    for module in map(import_module, names):
        if hasattr(module, "router"):
            app.include_router(module.router)
    return refine(app.openapi())


def bodies(document: Document) -> Iterator[tuple[str, Document]]:
    """Each body that is sent or answered, by a name that finds it."""
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            operation = item[method]
            places = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for place, found in places.items():
                for media_type, content in found.get("content", {}).items():
                    yield f"{method} {path} {place} {media_type}", content


def examples_of(content: Document, document: Document) -> list[Any]:
    """All that Swagger UI could show for the body: its own examples, or else its schema's."""
    if "example" in content:
        return [content["example"]]
    if "examples" in content:
        return [example["value"] for example in content["examples"].values()]
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, content["schema"])
    return list(schema.get("examples", ()))


def faults(document: Document) -> list[str]:
    found = []
    for name, content in bodies(document):
        # A problem may have members of its own; no other body has a field that nobody declared.
        closed = {} if "problem" in name else {"unevaluatedProperties": False}
        schema = content["schema"] | closed | {"components": document["components"]}
        checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        examples = examples_of(content, document)
        found += [] if examples else [f"{name}: no example"]
        for error in (error for example in examples for error in checker.iter_errors(example)):
            found.append(f"{name}: {error.message}")
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_body_has_examples_that_fit_its_schema(service: str) -> None:
    document = document_of(service)
    assert len(list(bodies(document))) > 5
    assert faults(document) == []


@pytest.mark.parametrize("service", SERVICES)
def test_an_answer_without_an_example_is_seen(service: str) -> None:
    document = document_of(service)
    answered = next(name for name, content in bodies(document) if "json" in name and " 2" in name)
    broken = deepcopy(document)
    dict(bodies(broken))[answered]["schema"] = {"type": "object"}
    assert faults(broken) == [f"{answered}: no example"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "two"}, "'two' is not of type 'integer'"),
        ({"colour": "red"}, "'colour' was unexpected"),
        ({"id": "7"}, "'7' is not a 'uuid'"),
    ],
)
def test_an_example_that_does_not_fit_is_seen(change: Document, said: str) -> None:
    document = document_of("orders")
    document["components"]["schemas"]["OrderOut"]["examples"][0] |= change
    found = [fault for fault in faults(document) if "{order_id} 200 " in fault]
    assert found
    assert all(said in fault for fault in found)
