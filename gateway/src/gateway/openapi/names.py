"""What two services must not both call theirs: operation ids, tags, security schemes.

Components need no such rule, since each is named after its service, nor do paths, since the
routing table gives each to one service. `merge` refuses what `clashes` finds, so a release with a
clash fails its tests; `source` leaves the later service out, so a page is still there if one runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.edge.routing import ROUTES, prefix_of

Document = dict[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class NamesClash(Exception):
    """Two services use one name; says which."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("; ".join(found))


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Every operation of a document as path, method and operation."""
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def is_of(service: str, path: str) -> bool:
    """Whether the gateway sends this path to this service; others cannot be reached here."""
    return ROUTES.get(prefix_of(path.encode())) == service


def clashes(documents: Mapping[str, Document]) -> list[str]:
    """A sentence for each name that is used twice where once is allowed."""
    found: list[str] = []
    owners: dict[tuple[str, str], str] = {}
    shapes: dict[str, Document] = {}
    for service, document in documents.items():
        ids = _operation_ids(service, document)
        twice = sorted({name for name in ids if ids.count(name) > 1})
        found += [f"{service} has the operation {name!r} twice" for name in twice]
        names = {("operation", name) for name in ids} | {
            ("tag", t) for t in _tags(service, document)
        }
        for kind, name in sorted(names):
            owner = owners.setdefault((kind, name), service)
            if owner != service:
                found.append(f"{owner} and {service} both have the {kind} {name!r}")
        for name, shape in _schemes(document).items():
            if shapes.setdefault(name, shape) != shape:
                found.append(f"{service} describes the security scheme {name!r} otherwise")
    return found


def _operation_ids(service: str, document: Document) -> list[str]:
    every = operations(document)
    return [str(found.get("operationId", "")) for path, _, found in every if is_of(service, path)]


def _tags(service: str, document: Document) -> set[str]:
    every = operations(document)
    return {t for path, _, found in every if is_of(service, path) for t in found.get("tags", ())}


def _schemes(document: Document) -> dict[str, Document]:
    """The schemes without their scopes, of which every service knows some."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    return {
        name: {
            **scheme,
            "flows": {
                flow: {key: value for key, value in settings.items() if key != "scopes"}
                for flow, settings in scheme.get("flows", {}).items()
            },
        }
        for name, scheme in schemes.items()
    }
