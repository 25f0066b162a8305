"""The way of one request through the gateway, top to bottom.

Ids, path, caller, rate limit, body, service, answer: each step is a module of this folder, and a
step that refuses raises. `application.py` calls it for every path that is not a page of ours.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from chassis.logs import get_logger
from chassis.problems import UNAVAILABLE
from chassis.reports import report_error
from gateway.cache.cache import Cache
from gateway.cache.fetching import Fetching
from gateway.edge.access_log import AccessLog
from gateway.edge.admission import Admission
from gateway.edge.call import Call
from gateway.edge.exchange import Exchange, Exchanges
from gateway.edge.hosts import Hosts
from gateway.edge.origins import Origins
from gateway.edge.problems import (
    BAD_GATEWAY,
    FOREIGN_ORIGIN,
    METHOD_NOT_ALLOWED,
    OVERLOADED,
    Refusal,
    problem_answer,
)
from gateway.edge.request_head import RequestHead, read_head
from gateway.edge.response_head import SecurityFields
from gateway.edge.routing import Router, prefix_of
from gateway.edge.tracing import Trace
from gateway.edge.traffic import Traffic
from gateway.edge.transfer import Transfer
from gateway.edge.tunnels import Tunnels
from gateway.edge.uploads import BodyLimits, ClientGone, Upload
from gateway.server.tunnel import EXTENSION
from gateway.upstream.errors import (
    CircuitOpen,
    ClosedBeforeAnswer,
    Overloaded,
    TornAnswer,
    Unreachable,
    UpstreamError,
)

log = get_logger(__name__)

_NONE: Mapping[str, Any] = {}
CLIENT_GONE = 499  # What nginx writes for a client that left; nobody receives it.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Steps:
    """What the forwarder is made of; `bootstrap.py` puts it together."""

    exchanges: Exchanges
    router: Router
    hosts: Hosts
    origins: Origins
    admission: Admission
    transfer: Transfer
    cache: Cache
    fetching: Fetching
    tunnels: Tunnels
    security: SecurityFields
    traffic: Traffic
    access_log: AccessLog
    trace: Callable[[Any], Trace]
    body: BodyLimits


class Forwarder:
    """An ASGI application that answers every request from the services, or refuses it."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._loop = asyncio.get_running_loop()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request of type `http`."""
        steps = self._steps
        exchange = Exchange(scope, receive, send, steps.trace(scope), self._loop)
        exchange.cross_origin = steps.origins.fields(scope["headers"])
        steps.exchanges.active.add(exchange)
        await self.run(exchange, self._forward(exchange))

    async def run(self, exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
        """Do the work that answers an exchange, and answer for it when that fails."""
        exchange.task = asyncio.current_task(self._loop)
        try:
            await work
        except Refusal as refusal:
            await self._refuse(exchange, refusal)
        except UpstreamError as error:
            await self._refuse(exchange, _refusal_for(error))
        except asyncio.CancelledError:
            if not (exchange.late or exchange.gone):
                raise
            await self._interrupted(exchange)
        except (ClientGone, OSError):
            # The client left; there is nobody to answer.
            exchange.gone = True
        except Exception as error:
            path = exchange.scope["path"]
            log.error("request_failed", path=path, exc_info=error)
            report_error(error, route=f"{exchange.scope['method']} {exchange.upstream}")
            raise
        finally:
            self.account(exchange)

    async def _forward(self, exchange: Exchange) -> None:
        steps, scope = self._steps, exchange.scope
        if scope["method"] not in METHODS:
            raise Refusal(METHOD_NOT_ALLOWED)
        if scope["method"] == "OPTIONS":
            permission = steps.origins.preflight(scope["headers"])
            if permission is not None:
                await steps.admission.admit(exchange, None)
                await self._answer(exchange, 204, permission, b"")
                return
        head = read_head(scope["headers"])
        if head.request_id is not None:
            exchange.request_id = head.request_id
        host = exchange.host = steps.hosts.check(head.host, scope["http_version"])
        cluster = steps.router.find(scope["raw_path"], scope["query_string"])
        exchange.upstream = cluster.name
        upload = self._upload(exchange, head) if head.has_body else None
        await steps.admission.admit(exchange, head.authorization)
        request = head.render(scope, host, exchange.trace)
        tunnel = scope.get("extensions", _NONE).get(EXTENSION)
        if tunnel is not None:
            if not steps.origins.may_open_socket(scope["headers"]):
                raise Refusal(FOREIGN_ORIGIN)
            await steps.tunnels.carry(Call(exchange, cluster, request), tunnel)
            return
        await steps.fetching.carry(Call(exchange, cluster, request, upload))

    def _upload(self, exchange: Exchange, head: RequestHead) -> Upload:
        """The body that follows; raises Refusal with 413 when it says that it is too large."""
        exchange.body_taken = False
        limits = self._steps.body.under(prefix_of(exchange.scope["raw_path"]))
        return Upload(exchange, head, limits)

    async def _refuse(self, exchange: Exchange, refusal: Refusal) -> None:
        """Answer with a problem; an answer that had begun is left torn, for the server to end."""
        if exchange.status:
            return
        fields, body = problem_answer(refusal, exchange.scope["path"])
        fields += exchange.cross_origin
        await self._answer(exchange, refusal.problem.status, fields, body)

    async def _answer(
        self, exchange: Exchange, status: int, fields: list[tuple[bytes, bytes]], body: bytes
    ) -> None:
        """Answer by ourselves."""
        exchange.status = status
        exchange.response_bytes = len(body)
        headers = [
            *fields,
            *self._steps.security.for_answer(fields),
            *exchange.limit_fields,
            (b"x-request-id", exchange.request_id),
        ]
        await exchange.send({"type": "http.response.start", "status": status, "headers": headers})
        await exchange.send({"type": "http.response.body", "body": body})

    async def _interrupted(self, exchange: Exchange) -> None:
        """The sweep ended the exchange: it took too long, or its client went away."""
        exchange.end()
        if exchange.task is not None:
            exchange.task.uncancel()
        if not exchange.gone:
            await self._refuse(exchange, Refusal(exchange.late_problem))

    def account(self, exchange: Exchange) -> None:
        """The exchange is over: nobody watches it any more, and it is written down."""
        self._steps.exchanges.active.discard(exchange)
        exchange.end()
        seconds = perf_counter() - exchange.since
        status = exchange.status or CLIENT_GONE
        method = exchange.scope["method"]
        self._steps.traffic.note(
            exchange.upstream, method if method in METHODS else "other", status, seconds
        )
        self._steps.access_log.note(exchange, status, seconds)
        exchange.trace.end(status)


def _refusal_for(error: UpstreamError) -> Refusal:
    if isinstance(error, Unreachable):
        return Refusal(UNAVAILABLE, "The service cannot be reached.")
    if isinstance(error, CircuitOpen):
        wait = {"Retry-After": str(error.seconds)}
        return Refusal(UNAVAILABLE, "The service failed too often just now.", wait)
    if isinstance(error, Overloaded):
        return Refusal(OVERLOADED, str(error))
    if isinstance(error, ClosedBeforeAnswer | TornAnswer):
        # It was killed, or is being stopped: it comes back, and then the same may be asked again.
        return Refusal(UNAVAILABLE, f"The service was asked, and {error}.")
    return Refusal(BAD_GATEWAY, f"The service was asked, and {error}.")
