"""Who may call what, read from the code: each service's routes and auth's table of rights.

`./souk docs authorization` writes it down as docs/authorization.md; the tests hold the running
shop against the same rows. The services' own composition roots make the applications, over
addresses at which nobody listens, so a route cannot be left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route

from native.options import SERVICES
from native.place import Place

SCHEME, GUEST_SCHEME = "souk", "cart_token"
_NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of OpenAPI; any one of `alternatives` will do, all of its scopes together.

    `guests` may call it with a cart's token, `public` says that nothing at all is needed.
    """

    service: str
    name: str
    method: str
    path: str
    alternatives: tuple[frozenset[str], ...]
    guests: bool
    public: bool

    def allows(self, scopes: frozenset[str]) -> bool:
        """True when a token with these scopes may call it."""
        return any(wanted <= scopes for wanted in self.alternatives) or not self.alternatives

    @property
    def is_stated(self) -> bool:
        """True when the route says who may call it."""
        return self.public or bool(self.alternatives)


def applications() -> dict[str, FastAPI]:
    """Makes every service's application; nothing connects."""
    return {service: _application(service) for service in SERVICES}


def _application(service: str) -> FastAPI:
    kind = getattr(import_module(f"{service}.settings"), f"{service.capitalize()}Settings")
    settings = kind(environment="test", database_url=_NOWHERE, run=frozenset({"api"}))
    app: FastAPI = import_module(f"{service}.bootstrap").bootstrap(settings).app
    return app


def console() -> FastAPI:
    """Makes the console's application, which is no service and stands in no merged document."""
    from native.console.bootstrap import bootstrap
    from native.console.settings import ConsoleSettings
    from native.console.store import SpanStore

    settings = ConsoleSettings(environment="test")
    nowhere = Path("/nonexistent")
    return bootstrap(settings, Place(nowhere, nowhere), store=SpanStore(Path(":memory:"))).app


def operations(service: str, app: FastAPI) -> list[Operation]:
    """Returns what stands in the service's OpenAPI document."""
    return [
        _operation(service, method, path, item[method])
        for path, item in app.openapi()["paths"].items()
        for method in _METHODS
        if method in item
    ]


def _operation(service: str, method: str, path: str, said: Mapping[str, Any]) -> Operation:
    security: Sequence[Mapping[str, list[str]]] = said.get("security", [])
    return Operation(
        service=service,
        name=said["operationId"],
        method=method.upper(),
        path=path,
        alternatives=tuple(frozenset(way[SCHEME]) for way in security if SCHEME in way),
        guests=any(GUEST_SCHEME in way for way in security),
        public={} in security,
    )


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """Returns (method, path) of every route that the application would answer, listed or not."""
    return set(_pairs(app.routes))


def _pairs(found: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in found:
        # FastAPI keeps an included router as it is.
        router = getattr(route, "original_router", None)
        if router is not None:
            yield from _pairs(router.routes)
        elif isinstance(route, Route):
            yield from ((method, route.path) for method in (route.methods or {"GET"}) - {"HEAD"})
        else:
            yield "ANY", str(getattr(route, "path", route))


def unlisted(app: FastAPI, listed: Sequence[Operation]) -> list[tuple[str, str]]:
    """Returns the routes that stand in no OpenAPI document, in their order by path."""
    known = {(operation.method, operation.path) for operation in listed}
    return sorted(routes(app) - known, key=lambda pair: (pair[1], pair[0]))
