"""The gateway as one ASGI application: pages of its own, and everything else to the forwarder.

The pages (docs, health, problems) are FastAPI; the hot path does not pass through it. uvicorn
runs this object, see `main.py`.
"""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from gateway.edge.express import Cycle, Express
from gateway.edge.forwarder import Forwarder
from gateway.edge.response_head import SecurityFields
from gateway.edge.routing import prefix_of

PAGES = frozenset({b"/", b"/docs", b"/openapi.json", b"/health", b"/problems"})


class Edge:
    """See the module; `forwarder` and `express` are set by the lifespan of `pages`."""

    def __init__(self, pages: Callable[..., Awaitable[None]], security: SecurityFields) -> None:
        self._pages = pages
        self._security = security
        self.forwarder: Forwarder | None = None
        self.express: Express | None = None

    def direct(self, cycle: Cycle) -> bool:
        """What the server asks before it makes a task of a request; see `express.py`."""
        return self.express is not None and self.express.take(cycle)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
        elif self.forwarder is None or _is_page(scope):
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


def _is_page(scope: Any) -> bool:
    """Whether a page of ours answers; metrics are for this machine alone."""
    prefix = prefix_of(scope["raw_path"])
    if prefix == b"/metrics":
        client = scope["client"]
        return client is not None and ip_address(client[0]).is_loopback
    return prefix in PAGES
