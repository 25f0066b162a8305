"""The problem types of the whole shop: the edge's own and those that the services document.

Services name their types in the examples of their OpenAPI documents; what was seen once is known
until the process ends. The page `/problems/{slug}` reads it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import COMMON_PROBLEMS
from chassis.problems import BAD_REQUEST, MALFORMED_JSON, UNSUPPORTED, VALIDATION
from gateway.edge.problems import EDGE_PROBLEMS
from gateway.openapi.names import Document, operations

_GENERAL = (*COMMON_PROBLEMS.values(), BAD_REQUEST, MALFORMED_JSON, UNSUPPORTED, VALIDATION)
_PREFIX = "/problems/"
_MEANINGS = {
    "bad-path": "The path has empty or dotted segments, encoded slashes or characters that two "
    "servers might read differently. Send the plain path.",
    "bad-gateway": "The service behind the gateway sent something that is no HTTP.",
    "gateway-timeout": "The service took too long. It may still have done what was asked: repeat "
    "a POST only with the same Idempotency-Key.",
    "service-unavailable": "A part of the shop cannot be reached, or broke off before its answer. "
    "Retry-After says when to ask again: a POST only with the same Idempotency-Key.",
    "overloaded": "More requests wait for the service than it can take. Ask again shortly.",
    "too-many-requests": "The quota of this client is used up. RateLimit-Policy says how large it "
    "is, Retry-After when the next request is allowed.",
    "sign-in-closed": "The count of attempts to sign in is out of reach, and without it nobody is "
    "let in. It comes back by itself.",
    "body-too-large": "A request's body may have one mebibyte.",
    "request-timeout": "The head or the body of the request came too slowly.",
    "misdirected-request": "The request names a host that is none of ours. Ask by the name under "
    "which the documentation stands.",
    "invalid-token": "The access token is expired, was not issued here, or is no token. Get a new "
    "one; WWW-Authenticate says why.",
    "authentication-required": "This needs an access token: Authorization: Bearer …",
    "insufficient-scope": "The access token is good, and does not carry the scope that is needed.",
    "validation-error": "The request does not fit the schema. `errors` lists each place as a JSON "
    "Pointer with what is wrong there.",
    "malformed-json": "The body cannot be read as JSON.",
    "internal-error": "A mistake of ours. The X-Request-Id of the answer finds it in the logs.",
}


@dataclass(slots=True)
class Known:
    """A problem type and the operations that answer with it."""

    slug: str
    title: str
    status: int
    operations: list[str] = field(default_factory=list)


class ProblemTypes:
    """Every problem type seen so far, by its slug."""

    def __init__(self) -> None:
        self._known = {
            kind.slug: Known(kind.slug, kind.title, kind.status)
            for kind in (*_GENERAL, *EDGE_PROBLEMS)
        }

    def find(self, slug: str) -> Known | None:
        """The type of that name."""
        return self._known.get(slug)

    def learn(self, document: Document) -> None:
        """Take in the types that the operations of a document name."""
        for path, method, operation in operations(document):
            name = f"{method.upper()} {path}"
            for problem in _examples(operation.get("responses", {})):
                slug = problem["type"].removeprefix(_PREFIX)
                title, status = str(problem["title"]), int(problem["status"])
                known = self._known.setdefault(slug, Known(slug, title, status))
                if name not in known.operations:
                    known.operations.append(name)


def describe(known: Known) -> str:
    """What the type means, in a sentence or two."""
    default = f"{known.title}. The problem's `detail` says more about the case at hand."
    return _MEANINGS.get(known.slug, default)


def _examples(node: Any) -> Iterator[dict[str, Any]]:
    """Every problem document inside the examples of an operation's responses."""
    if isinstance(node, list):
        for item in node:
            yield from _examples(item)
    elif isinstance(node, dict):
        kind = node.get("type")
        if (
            isinstance(kind, str)
            and kind.startswith(_PREFIX)
            and {"title", "status"} <= node.keys()
        ):
            yield node
        for item in node.values():
            yield from _examples(item)
