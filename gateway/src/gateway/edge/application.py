"""The gateway as one ASGI application: pages of its own, and everything else to the forwarder.

The pages (docs, health, problems) are FastAPI; the hot path does not pass through it. uvicorn
runs this object, see `main.py`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from gateway.edge.forwarder import Forwarder
from gateway.edge.response_head import SecurityFields
from gateway.edge.routing import prefix_of

PAGES = frozenset({b"/", b"/docs", b"/openapi.json", b"/health", b"/metrics", b"/problems"})


class Edge:
    """See the module; `forwarder` is set by the lifespan of `pages`."""

    def __init__(self, pages: Callable[..., Awaitable[None]], security: SecurityFields) -> None:
        self._pages = pages
        self._security = security
        self.forwarder: Forwarder | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
        elif prefix_of(scope["raw_path"]) in PAGES or self.forwarder is None:
            await self._pages(scope, receive, self._secured(send))
        else:
            await self.forwarder(scope, receive, send)

    def _secured(self, send: Any) -> Any:
        async def secured(message: Any) -> None:
            if message["type"] == "http.response.start":
                fields = list(message.get("headers", ()))
                message = {**message, "headers": fields + self._security.for_answer(fields)}
            await send(message)

        return secured
