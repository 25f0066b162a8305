"""Makes FastAPI's OpenAPI document say what the service really does.

Validation errors are problem documents and not FastAPI's own; a route that a guest may call says
so; the security scheme lists the scopes that the routes demand. `create_app` applies it once.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chassis.openapi_examples import restore_nulls
from chassis.problems import INTERNAL, MEDIA_TYPE, VALIDATION, Problem, ProblemType
from chassis.security import (
    ANY_SCHEME,
    OPTIONAL_SCHEME,
    SCHEME,
    SECURITY_PROBLEMS,
    InsufficientScope,
    NotAuthenticated,
)

# Put into a header's schema by a dependency that checks for the header itself.
DEMANDED = "x-demanded"

_ERRORS = [{"pointer": "#/quantity", "detail": "Input should be greater than or equal to 1"}]


def refine(
    document: dict[str, Any], described_scopes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Returns the document, changed in place.

    `described_scopes` is for the service that grants them; the others know their names alone.
    """
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    scopes = dict(described_scopes or {})
    for operation in _operations(document):
        _offer_alternatives(operation)
        _answer_problems(operation)
        _demand_headers(operation)
        _let_guests_in(operation)
        for requirement in operation.get("security", ()):
            for scope in requirement.get(SCHEME, ()):
                scopes.setdefault(scope, "")
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    restore_nulls(schemas)
    _list_scopes(components.get("securitySchemes", {}), scopes)
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document.get("paths", {}).values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))


def _answer_problems(operation: dict[str, Any]) -> None:
    """Adds the answers that come from around the route to those that it declares."""
    responses = operation.setdefault("responses", {})
    content = responses.get("422", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if schema.get("$ref", "").endswith("/HTTPValidationError"):
        responses["422"] = _answer(VALIDATION, errors=_ERRORS)
    if any(SCHEME in requirement for requirement in operation.get("security", ())):
        responses.setdefault("401", _answer(SECURITY_PROBLEMS[NotAuthenticated]))
        responses.setdefault("403", _answer(SECURITY_PROBLEMS[InsufficientScope]))
    responses.setdefault("default", _answer(INTERNAL) | {"description": "Another problem"})


def _answer(kind: ProblemType, **extras: Any) -> dict[str, Any]:
    example = {"type": kind.uri, "title": kind.title, "status": kind.status, **extras}
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA_TYPE: {"schema": schema, "examples": {kind.slug: {"value": example}}}}
    return {"description": kind.title, "content": content}


def _demand_headers(operation: dict[str, Any]) -> None:
    """A header that the code itself demands, with a problem of its own, is required too."""
    for parameter in operation.get("parameters", ()):
        if parameter.get("schema", {}).pop(DEMANDED, False):
            parameter["required"] = True


def _let_guests_in(operation: dict[str, Any]) -> None:
    """OpenAPI says "optional" by an empty requirement beside the others.

    Any one of the scopes will do, so each is an alternative; other schemes have no scopes. Where
    guests have a scheme of their own, who has nothing at all gets in only if the route says PUBLIC.
    """
    security = operation.get("security", [])
    wanted = [found[OPTIONAL_SCHEME] for found in security if OPTIONAL_SCHEME in found]
    if wanted:
        alternatives = [{SCHEME: [scope]} for scope in wanted[0]] or [{SCHEME: []}]
        others: list[dict[str, list[str]]] = [
            {name: [] for name in found} for found in security if OPTIONAL_SCHEME not in found
        ]
        operation["security"] = [*alternatives, *(others or [{}])]


def _offer_alternatives(operation: dict[str, Any]) -> None:
    """Where any one of the scopes will do, each is a requirement by itself."""
    requirements: list[dict[str, list[str]]] = []
    for found in operation.get("security", ()):
        if ANY_SCHEME in found:
            requirements += [{SCHEME: [scope]} for scope in found[ANY_SCHEME]]
        else:
            requirements.append(found)
    if requirements:
        operation["security"] = requirements


def _list_scopes(schemes: dict[str, Any], scopes: Mapping[str, str]) -> None:
    """The document has one scheme; the others are our names for the ways to demand it."""
    for name in (OPTIONAL_SCHEME, ANY_SCHEME):
        if name in schemes:
            schemes.setdefault(SCHEME, schemes[name])
            del schemes[name]
    if SCHEME in schemes:
        flow = schemes[SCHEME]["flows"]["authorizationCode"]
        flow["scopes"] = dict(sorted(scopes.items()))
