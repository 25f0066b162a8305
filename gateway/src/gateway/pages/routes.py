"""The gateway's own routes: documentation, problem types, the start page.

They are few and not hot, so they are FastAPI's. `bootstrap.py` gives the router to the chassis'
`create_app`; everything that stands in a page comes from `static/` and from here.
"""

import html
from importlib.resources import files
from string import Template
from typing import Protocol

import orjson
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from chassis.etags import matches_weakly, strong_etag
from gateway.edge.hosts import Hosts
from gateway.openapi.names import Document
from gateway.pages.problem_types import ProblemTypes, describe
from gateway.settings import GatewaySettings

_STATIC = files("gateway.pages").joinpath("static")
# Swagger UI sets styles on its elements; scripts come from our own files alone.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Source(Protocol):
    """What `openapi.source.ApiDocument` does."""

    async def merged(self, origin: str) -> Document:
        """The merged document for clients that know us as `origin`."""


class Pages:
    """The routes with what they need; `source` is there once the lifespan has begun."""

    def __init__(self, settings: GatewaySettings, hosts: Hosts) -> None:
        self._settings = settings
        self._hosts = hosts
        self._problems = ProblemTypes()
        self.source: Source | None = None

    def router(self) -> APIRouter:
        """The routes, none of which stands in an OpenAPI document."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.start)
        router.add_api_route("/docs", self.docs)
        router.add_api_route("/docs/oauth2-redirect", self.oauth2_redirect)
        router.add_api_route("/openapi.json", self.openapi_document)
        router.add_api_route("/problems/{slug}", self.problem)
        return router

    async def start(self) -> Response:
        """A page with the ways on."""
        return _page("start.html", mailbox=_mailbox(self._settings.mailbox_url))

    async def docs(self) -> Response:
        """Swagger UI for all services."""
        return HTMLResponse(_read("docs.html"), headers=_headers(DOCS_POLICY))

    async def oauth2_redirect(self) -> Response:
        """Where sign-in ends: hands the code to the page that opened the window."""
        headers = _headers(DOCS_POLICY) | {"Cache-Control": "no-store"}
        return HTMLResponse(_read("oauth2-redirect.html"), headers=headers)

    async def openapi_document(self, request: Request) -> Response:
        """The merged OpenAPI document."""
        document = await self._document(request)
        body = orjson.dumps(document)
        etag = strong_etag(body)
        headers = {"Cache-Control": "no-cache", "ETag": etag}
        if matches_weakly(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    async def problem(self, request: Request, slug: str) -> Response:
        """What a problem type means, and which operations answer with it."""
        self._problems.learn(await self._document(request))
        known = self._problems.find(slug)
        if known is None:
            return _page("problem-unknown.html", status=404, slug=html.escape(slug[:80]))
        used = "".join(f"<li><code>{html.escape(name)}</code></li>" for name in known.operations)
        return _page(
            "problem.html",
            slug=html.escape(slug),
            title=html.escape(known.title),
            http_status=str(known.status),
            meaning=html.escape(describe(known)),
            operations=used or "<li>any operation</li>",
        )

    async def _document(self, request: Request) -> Document:
        assert self.source is not None
        host = self._hosts.check(request.headers.get("host", "").encode("latin-1") or None, "1.0")
        return await self.source.merged(f"{self._scheme()}://{host.decode()}")

    def _scheme(self) -> str:
        return self._settings.issuer.partition("://")[0]


def _mailbox(url: str | None) -> str:
    if url is None:
        return "<li>Mailbox: <code>./souk up</code> says where the e-mail can be read</li>"
    return f'<li><a href="{html.escape(url)}">Mailbox</a>: the e-mail sent so far</li>'


def _read(name: str) -> str:
    return _STATIC.joinpath(name).read_text()


def _page(name: str, *, status: int = 200, **values: str) -> Response:
    return HTMLResponse(
        Template(_read(name)).substitute(values), status, headers=_headers(PAGE_POLICY)
    )


def _headers(policy: str) -> dict[str, str]:
    return {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
