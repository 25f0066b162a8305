"""Errors as RFC 9457 problem documents, in one place.

Each service hands `create_app` one table from its domain errors to problem types; errors climb
to it untouched. The chassis adds its own: validation, malformed bodies, tokens, cursors, keys.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

Headers = Mapping[str, str] | Callable[[Any], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem; `headers` may depend on the error (an ETag, a Retry-After)."""

    status: int
    slug: str
    title: str
    headers: Headers | None = None

    @property
    def uri(self) -> str:
        """The stable identifier; the gateway serves a page that explains it."""
        return f"/problems/{self.slug}"

    def headers_for(self, error: Exception) -> dict[str, str]:
        """The header fields that go with this error."""
        if callable(self.headers):
            return dict(self.headers(error))
        return dict(self.headers or {})


ProblemTable = Mapping[type[Exception], ProblemType]

VALIDATION = ProblemType(422, "validation-error", "The request is not valid")
MALFORMED_JSON = ProblemType(400, "malformed-json", "The body is not JSON")
BAD_REQUEST = ProblemType(400, "bad-request", "The request cannot be read")
TOO_LARGE = ProblemType(413, "body-too-large", "The body is too large", {"Connection": "close"})
UNSUPPORTED = ProblemType(415, "unsupported-media-type", "The body must be JSON")
INTERNAL = ProblemType(500, "internal-error", "Something went wrong on our side")
UNAVAILABLE = ProblemType(
    503, "service-unavailable", "A part of the shop is out of reach", {"Retry-After": "2"}
)


class Problem(BaseModel):
    """How a problem document looks, for OpenAPI."""

    type: str
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None


def problem_response(
    problem: ProblemType,
    *,
    detail: str | None = None,
    instance: str | None = None,
    extras: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Returns the answer; members of `extras` stand beside the standard ones, never over them."""
    document: dict[str, Any] = dict(extras or {})
    document |= {"type": problem.uri, "title": problem.title, "status": problem.status}
    if detail:
        document["detail"] = detail
    if instance:
        document["instance"] = instance
    body = orjson.dumps(document, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, problem.status, dict(headers or {}), MEDIA_TYPE)


def problem_for(problem: ProblemType, error: Exception, instance: str | None = None) -> Response:
    """Returns the answer to a named error: its text, its `extras`, the type's header fields."""
    return problem_response(
        problem,
        detail=str(error),
        instance=instance,
        extras=getattr(error, "extras", None),
        headers=problem.headers_for(error),
    )


def generic(status: int) -> ProblemType:
    """The problem type of a bare HTTP status, such as 404 for a path that does not exist."""
    phrase = HTTPStatus(status).phrase
    return ProblemType(status, phrase.lower().replace(" ", "-").replace("'", ""), phrase)


def problem_responses(*errors: type[Exception], table: ProblemTable) -> dict[int | str, Any]:
    """Returns what a route's `responses=` takes, one entry a status, naming each problem type."""
    # Imported late: that table is made of problem types from here.
    from chassis.errors import COMMON_PROBLEMS

    by_status: dict[int | str, list[ProblemType]] = {}
    for error in errors:
        problem = table.get(error) or COMMON_PROBLEMS[error]
        by_status.setdefault(problem.status, []).append(problem)
    return {status: _documented(kinds) for status, kinds in by_status.items()}


def _documented(kinds: Sequence[ProblemType]) -> dict[str, Any]:
    examples = {
        kind.slug: {"value": {"type": kind.uri, "title": kind.title, "status": kind.status}}
        for kind in kinds
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _plain(value: Any) -> Any:
    """What orjson does not know: models, sets and everything else as text."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
