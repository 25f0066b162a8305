"""Makes a service's FastAPI application: its routes, and around them what all services share.

Called by each service's bootstrap with its routers, its table of problems and its container.
Request id, trace, metrics, health, problems and OpenAPI come from here and nowhere else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import Lifespan, Receive, Scope, Send

from chassis import metrics, observation
from chassis.access_sampling import AccessSampling
from chassis.edge import Edge
from chassis.errors import install_handlers
from chassis.health import Check, Health
from chassis.openapi import refine
from chassis.outages import Outages
from chassis.problems import ProblemTable
from chassis.settings import ServiceSettings
from chassis.tokens import TokenVerifier


class Application(FastAPI):
    """FastAPI inside the edge, so that the edge sees even the answer to a bug."""

    def __init__(
        self,
        *,
        tags: Mapping[str, str],
        scopes: Mapping[str, str],
        sampling: AccessSampling,
        body_limits: Mapping[str, int],
        **options: Any,
    ) -> None:
        super().__init__(
            openapi_tags=[{"name": name, "description": said} for name, said in tags.items()],
            version="1",
            docs_url=None,
            redoc_url=None,
            # A redirect would be built from the Host header, which the client chooses.
            redirect_slashes=False,
            middleware=[Middleware(Outages)],
            # The edge has its own spans and metrics.
            telemetry={"tracing": False, "metrics": False, "logs": False},
            **options,
        )
        self._edge = Edge(super().__call__, self._is_draining, sampling, body_limits)
        self._scopes = scopes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        await self._edge(scope, receive, send)

    def _is_draining(self) -> bool:
        health: Health = self.state.health
        return health.draining

    def openapi(self) -> dict[str, Any]:
        """Returns the OpenAPI document, made on first demand."""
        if not self.openapi_schema:
            self.openapi_schema = refine(super().openapi(), self._scopes)
        return self.openapi_schema


def create_app(
    *,
    service: str,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    problems: ProblemTable,
    verifier: TokenVerifier,
    checks: Mapping[str, Check],
    container: object,
    lifespan: Lifespan[FastAPI] | None = None,
    title: str | None = None,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    scopes: Mapping[str, str] | None = None,
    body_limits: Mapping[str, int] | None = None,
) -> FastAPI:
    """Returns the application; nothing connects before its lifespan starts.

    `checks` raise when the thing they are named for is missing, `container` is what the routes'
    dependencies find, `body_limits` are bytes by a path's prefix where the common limit is little.
    """
    observation.begin_traces(service, settings)
    sampling = observation.access_sampling(settings)
    app = Application(
        title=title or f"Souk {service}",
        description=description,
        lifespan=lifespan,
        tags=tags or {},
        scopes=scopes or {},
        sampling=sampling,
        body_limits=body_limits or {},
    )
    app.state.service = service
    app.state.settings = settings
    app.state.sampling = sampling
    app.state.verifier = verifier
    app.state.container = container
    _route(app, routers, Health(checks))
    install_handlers(app, problems)
    return app


def _route(app: Application, routers: Sequence[APIRouter], health: Health) -> None:
    """The service's own routes are tried first, for they are asked for most."""
    app.state.health = health
    for router in routers:
        app.include_router(router)
    app.include_router(health.router())
    app.add_api_route("/metrics", metrics.expose, include_in_schema=False)
