"""The one table from errors to problem documents, and FastAPI's handlers that read it.

`create_app` installs them. The service's own table comes first; the chassis adds the errors that
every service has in common.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from chassis.bodies import ClientGone, is_json
from chassis.http_idempotency import IDEMPOTENCY_PROBLEMS
from chassis.jwks import JWKS_PROBLEMS
from chassis.logs import get_logger
from chassis.pagination import InvalidCursor
from chassis.problems import (
    BAD_REQUEST,
    INTERNAL,
    MALFORMED_JSON,
    UNSUPPORTED,
    VALIDATION,
    ProblemTable,
    ProblemType,
    generic,
    problem_for,
    problem_response,
)
from chassis.reports import report_error
from chassis.security import SECURITY_PROBLEMS, SUBJECT

COMMON_PROBLEMS: ProblemTable = {
    InvalidCursor: ProblemType(400, "invalid-cursor", "The cursor is not valid"),
    **SECURITY_PROBLEMS,
    **IDEMPOTENCY_PROBLEMS,
    **JWKS_PROBLEMS,
}

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# Of the problems that have a name. 503 is an engine or a service that is away, and alerts tell.
_OUR_FAULT = frozenset({500, 501, 502})

log = get_logger(__name__)


def install_handlers(app: FastAPI, problems: ProblemTable) -> None:
    """Makes every error of the application a problem document."""
    table = {**COMMON_PROBLEMS, **problems}

    async def named(request: Request, error: Exception) -> Response:
        problem = next(table[kind] for kind in type(error).__mro__ if kind in table)
        if problem.status in _OUR_FAULT:
            _report(request, error, problem)
        return problem_for(problem, error, request.url.path)

    for kind in table:
        app.add_exception_handler(kind, named)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _bare)
    app.add_exception_handler(Exception, _unexpected)


async def _invalid(request: Request, error: Exception) -> Response:
    """The request does not fit the route's signature."""
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if errors and errors[0]["type"] == "json_invalid":
        return problem_response(MALFORMED_JSON, instance=request.url.path)
    if isinstance(error.body, bytes) and error.body:
        return problem_response(UNSUPPORTED, instance=request.url.path)
    return problem_response(
        VALIDATION,
        detail="; ".join(sorted({found["msg"] for found in errors}))[:500],
        instance=request.url.path,
        extras={"errors": [describe(found, error.body) for found in errors[:100]]},
    )


def describe(found: dict[str, Any], body: Any) -> dict[str, str]:
    """Returns where an error is, as a JSON Pointer (RFC 6901), and what; never the input."""
    place, *path = found["loc"]
    if place == "body":
        path = _within(body, path, is_missing=found["type"] == "missing")
    pointer = "".join(f"/{_escape(part)}" for part in path)
    prefix = "#" if place == "body" else f"#/{place}"
    return {"in": str(place), "pointer": prefix + pointer, "detail": found["msg"]}


def _within(body: Any, path: Sequence[Any], *, is_missing: bool) -> list[Any]:
    """The path through the body, without the names by which pydantic tells a union's branches."""
    kept: list[Any] = []
    here = body
    for position, part in enumerate(path):
        is_absent_field = is_missing and position == len(path) - 1
        if isinstance(here, dict):
            if part not in here and not is_absent_field:
                continue
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int):
            here = here[part] if part < len(here) else None
        kept.append(part)
    return kept


async def _bare(request: Request, error: Exception) -> Response:
    """Starlette's own errors: no such path, method not allowed, an unreadable form."""
    assert isinstance(error, HTTPException)
    problem = generic(error.status_code)
    if error.status_code == 400:
        content_type = request.headers.get("content-type", "")
        problem = MALFORMED_JSON if is_json(content_type) else BAD_REQUEST
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return problem_response(problem, instance=request.url.path, headers=headers)


def _allowed(request: Request) -> str:
    """Every method of the resource (RFC 9110 section 15.5.6).

    Starlette names those of the first route that has the path, and a path may have several.
    """
    return ", ".join(
        method
        for method in METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    """A bug. The text stays with us; the client gets the request's id to ask with."""
    # That a client leaves is no bug: the edge accounts for it.
    if not isinstance(error, ClientGone):
        log.error("request_failed", path=request.url.path, exc_info=error)
        _report(request, error, INTERNAL)
    return problem_response(INTERNAL, instance=request.url.path)


def _report(request: Request, error: Exception, problem: ProblemType) -> None:
    """Tells Sentry; the route's template, since a path holds ids and makes an issue of each."""
    template = getattr(request.scope.get("route"), "path_format", "unmatched")
    report_error(
        error,
        problem=problem.slug,
        user=request.scope.get(SUBJECT),
        route=f"{request.method} {template}",
    )


def _escape(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def problem_types(problems: ProblemTable) -> Sequence[ProblemType]:
    """Returns every type that an application with this table can answer with."""
    return list(
        {kind.slug: kind for kind in (*COMMON_PROBLEMS.values(), *problems.values())}.values()
    )
