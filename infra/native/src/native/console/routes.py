"""The console's routes: its page for anybody, and what the page shows for the admin alone.

The page and its files hold nothing of the shop, so that a browser can load them before anybody has
signed in; each of the rest asks for a token with `console:read`. `bootstrap.py` takes the router.
"""

import re
from dataclasses import asdict
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from chassis.problems import ProblemTable, ProblemType
from chassis.security import PUBLIC, Caller, requires
from native.console.intake import SIGNALS, Intake, Unreadable
from native.console.store import SpanStore
from native.console.watch import Watch
from native.console.waterfall import draw

Admin = Annotated[Caller, requires("console:read")]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_ASSETS = frozenset({"console.css", "console.js", "draw.js", "sign-in.js", "icon.svg"})
_STATIC = files("native.console").joinpath("static")
_TRACE = re.compile(r"[0-9a-f]{32}")
What = Annotated[str, Path(pattern=r"^[0-9A-Fa-f-]{32,36}$", description="An order or a trace.")]


class NotKept(Exception):
    """No span of this order or trace is kept (404)."""


class NoSuchFile(Exception):
    """The page has no file of this name (404)."""


CONSOLE_PROBLEMS: ProblemTable = {
    NotKept: ProblemType(404, "trace-not-kept", "No trace of it is kept"),
    NoSuchFile: ProblemType(404, "not-found", "There is nothing here"),
    Unreadable: ProblemType(400, "bad-request", "The request cannot be read"),
}


class Console:
    """The routes with what they show."""

    def __init__(self, store: SpanStore, intake: Intake, watch: Watch) -> None:
        self._store = store
        self._intake = intake
        self._watch = watch

    def router(self) -> APIRouter:
        """Every route of the console."""
        router = APIRouter()
        page = {"include_in_schema": False, "openapi_extra": PUBLIC}
        router.add_api_route("/console", self.page, **page)  # type: ignore[arg-type]
        router.add_api_route("/console/assets/{name}", self.asset, **page)  # type: ignore[arg-type]
        router.add_api_route("/v1/{signal}", self.take, methods=["POST"], include_in_schema=False)
        for path, name, shown in (
            ("/console/data/overview", "read_overview", self.overview),
            ("/console/data/orders", "list_traced_orders", self.orders),
            ("/console/data/traces/{what}", "read_trace", self.trace),
        ):
            router.add_api_route(path, shown, operation_id=name, tags=["console"])
        return router

    async def page(self) -> Response:
        """The page."""
        return _file("console.html", {"Content-Security-Policy": POLICY})

    async def asset(self, name: str) -> Response:
        """One of the page's files. Raises NoSuchFile."""
        if name not in _ASSETS:
            raise NoSuchFile(name)
        return _file(name, {})

    async def take(self, signal: str, request: Request) -> Response:
        """OTLP/HTTP, from the services; the gateway forwards none of it. Raises Unreadable."""
        if signal not in SIGNALS:
            raise NoSuchFile(signal)
        packed = request.headers.get("content-encoding") == "gzip"
        await self._intake.take(signal, await request.body(), packed=packed)
        return Response(media_type="application/x-protobuf")

    async def overview(self, _caller: Admin, answer: Response) -> dict[str, Any]:
        """Processes, rates, outbox, lag and troubles, as the last look found them."""
        answer.headers["Cache-Control"] = "no-store"
        watch = self._watch
        await watch.asked()
        totals = watch.totals
        return {
            "processes": [asdict(sight) | {"ready": sight.ready} for sight in watch.sights],
            "silent": totals.silent,
            "points": [asdict(point) for point in watch.points],
            "outbox": [{"service": name, "rows": rows} for name, rows in totals.outbox.items()],
            "lag": [
                {"group": group, "topic": topic, "messages": messages}
                for (group, topic), messages in sorted(totals.lag.items())
            ],
            "dead_letters": totals.dead,
            "troubles": [asdict(trouble) for trouble in watch.troubles()],
            "spans": self._store.count(),
        }

    async def orders(self, _caller: Admin, answer: Response) -> dict[str, Any]:
        """The orders placed last of which a trace is kept."""
        answer.headers["Cache-Control"] = "no-store"
        return {"orders": [asdict(placed) for placed in self._store.placed()]}

    async def trace(self, what: What, _caller: Admin, answer: Response) -> dict[str, Any]:
        """The waterfall of a trace, or of an order's. Raises NotKept.

        `others` are the other traces with something about that order.
        """
        answer.headers["Cache-Control"] = "no-store"
        what = what.lower()
        traces = [what] if _TRACE.fullmatch(what) else self._store.traces_about(what)
        spans = self._store.trace(traces[0]) if traces else []
        if not spans:
            raise NotKept("It is unknown, older than what is kept, or was not chosen.")
        return asdict(draw(spans)) | {"others": traces[1:]}


def _file(name: str, headers: dict[str, str]) -> Response:
    kind = _KINDS[name.rpartition(".")[2]]
    content = _STATIC.joinpath(name).read_bytes()
    return Response(content, media_type=kind, headers={"Cache-Control": "no-cache", **headers})
