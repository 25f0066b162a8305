"""Puts back the nulls that FastAPI leaves out of a document, examples included.

A field that is required and may be null would else be missing from its own example, and the
example would not fit its schema. Called by `refine`.
"""

from typing import Any


def restore_nulls(schemas: dict[str, Any]) -> None:
    """Completes the examples of all schemas, in place."""
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            _complete(example, schema, schemas)


def _complete(value: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Gives every object in `value` the required fields that it lacks."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("anyOf", ()):
        _complete(value, choice, schemas)
    if isinstance(value, list):
        for item in value:
            _complete(item, schema.get("items", {}), schemas)
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            value.setdefault(name, None)
        for name, inner in schema.get("properties", {}).items():
            _complete(value.get(name), inner, schemas)
