"""The gateway as one ASGI application: pages of its own, and everything else to the forwarder.

The pages (docs, health, problems) are FastAPI; the hot path does not pass through it. uvicorn
runs this object, see `main.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from gateway.edge.express import Cycle, Express
from gateway.edge.forwarder import Forwarder
from gateway.edge.hosts import Hosts
from gateway.edge.origins import Origins
from gateway.edge.proxies import Proxies
from gateway.edge.response_head import SecurityFields
from gateway.edge.routing import prefix_of

PAGES = frozenset({b"/", b"/docs", b"/openapi.json", b"/health", b"/problems"})

_FOR_SUPERVISION = (b"/health", b"/metrics")


@dataclass(frozen=True, slots=True)
class Manners:
    """What is the same for every request, whoever answers it."""

    security: SecurityFields
    hosts: Hosts
    origins: Origins
    proxies: Proxies


class Edge:
    """See the module; `forwarder` and `express` are set by the lifespan of `pages`."""

    def __init__(self, pages: Callable[..., Awaitable[None]], manners: Manners) -> None:
        self._pages = pages
        self._manners = manners
        self.forwarder: Forwarder | None = None
        self.express: Express | None = None

    def direct(self, cycle: Cycle) -> bool:
        """What the server asks before it makes a task of a request; see `express.py`."""
        self._manners.proxies.find_client(cycle.scope)
        return self.express is not None and self.express.take(cycle)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        self._manners.proxies.find_client(scope)
        if self.forwarder is None or (_is_page(scope) and self._answers_to_host(scope)):
            await self._pages(scope, receive, self._secured(scope, send))
        else:
            await self.forwarder(scope, receive, send)

    def _answers_to_host(self, scope: Any) -> bool:
        """Whether the host is one of ours; what supervision asks may be asked by any name."""
        if scope["raw_path"].startswith(_FOR_SUPERVISION):
            return True
        return self._manners.hosts.knows(scope["headers"])

    def _secured(self, scope: Any, send: Any) -> Any:
        manners = self._manners

        async def secured(message: Any) -> None:
            if message["type"] == "http.response.start":
                fields = list(message.get("headers", ()))
                fields += manners.security.for_answer(fields)
                fields += manners.origins.fields(scope["headers"])
                message = {**message, "headers": fields}
            await send(message)

        return secured


def _is_page(scope: Any) -> bool:
    """Whether a page of ours answers; metrics are for this machine alone."""
    if scope["method"] == "OPTIONS":
        return False
    prefix = prefix_of(scope["raw_path"])
    if prefix == b"/metrics":
        client = scope["client"]
        return client is not None and ip_address(client[0]).is_loopback
    return prefix in PAGES
