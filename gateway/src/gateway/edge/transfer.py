"""One request to a service and its answer back, with time limits and at most one second try.

A request is sent again only when that is safe: its connection ended before a byte of the answer,
its method is idempotent (RFC 9110 §9.2.2) and the whole of it is still here. The forwarder's last
step.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from gateway.edge import uploads
from gateway.edge.exchange import Exchange
from gateway.edge.problems import OVERLOADED, TIMED_OUT
from gateway.edge.response_head import Fields, SecurityFields, answer_fields
from gateway.edge.uploads import Upload
from gateway.upstream.cluster import Cluster
from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.errors import ClosedBeforeAnswer

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
# A connection that rested longer than this may be closing at the other end just now, so a request
# that must not be sent twice does not start on it.
FRESH_SECONDS = 1.0
ANY_REST = float("inf")
ONLY_NEW = -1.0


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds: for a connection, for the first byte of an answer, and between any two pieces."""

    connect: float = 7.0
    first_byte: float = 15.0
    idle: float = 30.0


class Transfer:
    """See the module."""

    def __init__(self, limits: TimeLimits, security: SecurityFields) -> None:
        self._limits = limits
        self._security = security
        self._loop = asyncio.get_running_loop()

    async def carry(
        self, exchange: Exchange, cluster: Cluster, request: bytes, upload: Upload | None
    ) -> None:
        """Send the request and pass the answer on; raises UpstreamError, Refusal or ClientGone."""
        if upload is not None:
            request += await upload.first()
            if upload.complete:
                upload = None
        idempotent = exchange.scope["method"] in _IDEMPOTENT
        rest = ANY_REST if idempotent else FRESH_SECONDS
        try:
            await self._try(exchange, cluster, request, upload, rest)
        except ClosedBeforeAnswer:
            if not idempotent or upload is not None:
                raise
            await self._try(exchange, cluster, request, upload, ONLY_NEW)

    async def _try(
        self,
        exchange: Exchange,
        cluster: Cluster,
        request: bytes,
        upload: Upload | None,
        rest: float,
    ) -> None:
        replica = cluster.next()
        connection = replica.take_idle(rest)
        if connection is None:
            exchange.allow(self._loop.time() + self._limits.connect, OVERLOADED)
            replica, connection = await cluster.acquire(replica, rest)
        pump = None
        try:
            connection.begin(request, is_head_request=exchange.scope["method"] == "HEAD")
            if upload is None:
                exchange.allow(self._loop.time() + self._limits.first_byte, TIMED_OUT)
            else:
                pump = asyncio.create_task(self._pump(exchange, connection, upload))
            if not connection.head_complete:
                await connection.head()
            fields = answer_fields(connection.headers)
            start = self._start(exchange, connection.status, fields)
            whole = connection.complete and pump is None
            if whole:
                body = connection.take()
            else:
                await self._stream(exchange, connection, start)
        finally:
            if pump is not None:
                await uploads.stop(pump)
            if upload is not None and not upload.complete:
                connection.keep_alive = False
            replica.release(connection)
        if whole:
            exchange.response_bytes = len(body)
            exchange.deadline = self._loop.time() + self._limits.idle
            await exchange.send(start)
            await exchange.send({"type": "http.response.body", "body": body})

    async def _pump(
        self, exchange: Exchange, connection: UpstreamConnection, upload: Upload
    ) -> None:
        await upload.pump(connection)
        exchange.allow(self._loop.time() + self._limits.first_byte, TIMED_OUT)

    async def _stream(
        self, exchange: Exchange, connection: UpstreamConnection, start: dict[str, Any]
    ) -> None:
        """Pass the body on piece by piece, no faster than the client takes it."""
        await exchange.send(start)
        # The head must not wait for the first piece, which may be long in coming.
        body = connection.take()
        while True:
            more = not connection.complete
            exchange.response_bytes += len(body)
            exchange.deadline = self._loop.time() + self._limits.idle
            await exchange.send({"type": "http.response.body", "body": body, "more_body": more})
            if not more:
                return
            body = await connection.read()

    def _start(self, exchange: Exchange, status: int, fields: Fields) -> dict[str, Any]:
        """The ASGI message that begins the answer."""
        exchange.status = status
        headers = [
            *fields,
            *self._security.for_answer(fields),
            *exchange.limit_fields,
            (b"x-request-id", exchange.request_id),
        ]
        return {"type": "http.response.start", "status": status, "headers": headers}
