"""Makes FastAPI's OpenAPI document say what the service really does.

Validation errors are problem documents and not FastAPI's own; a route that a guest may call says
so; the security scheme lists the scopes that the routes demand. `create_app` applies it once.
"""

from collections.abc import Iterator
from typing import Any

from chassis.problems import MEDIA_TYPE, Problem
from chassis.security import OPTIONAL_SCHEME, SCHEME

_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def refine(document: dict[str, Any]) -> dict[str, Any]:
    """Returns the document, changed in place."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    scopes: set[str] = set()
    for operation in _operations(document):
        _answer_problems(operation)
        _let_guests_in(operation)
        for requirement in operation.get("security", ()):
            scopes.update(requirement.get(SCHEME, ()))
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _list_scopes(components.get("securitySchemes", {}), scopes)
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document.get("paths", {}).values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))


def _answer_problems(operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    content = responses.get("422", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if schema.get("$ref", "").endswith("/HTTPValidationError"):
        responses["422"] = {
            "description": "The request is not valid",
            "content": {MEDIA_TYPE: {"schema": _PROBLEM}},
        }
    responses.setdefault(
        "default", {"description": "A problem", "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
    )


def _let_guests_in(operation: dict[str, Any]) -> None:
    """OpenAPI says "optional" by an empty requirement beside the others."""
    security = operation.get("security", [])
    if any(OPTIONAL_SCHEME in requirement for requirement in security):
        others = [found for found in security if OPTIONAL_SCHEME not in found]
        operation["security"] = [{SCHEME: []}, *others, {}]


def _list_scopes(schemes: dict[str, Any], scopes: set[str]) -> None:
    optional = schemes.pop(OPTIONAL_SCHEME, None)
    if optional is not None:
        schemes.setdefault(SCHEME, optional)
    if SCHEME in schemes:
        flow = schemes[SCHEME]["flows"]["authorizationCode"]
        flow["scopes"] = dict.fromkeys(sorted(scopes), "")
