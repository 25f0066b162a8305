"""One request to a service and its answer back, with time limits and at most one second try.

A request is sent again only when that is safe (its method is idempotent, RFC 9110 §9.2.2, and the
whole of it is still here), while nothing of an answer was passed on, and within the service's
retry budget. The forwarder's last step; `express.py` hands over what it cannot finish.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from gateway.edge import uploads
from gateway.edge.call import ONLY_NEW, Call
from gateway.edge.exchange import Exchange
from gateway.edge.problems import OVERLOADED, TIMED_OUT
from gateway.edge.response_head import Fields, SecurityFields, answer_fields
from gateway.edge.uploads import Upload
from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.errors import ClosedBeforeAnswer, Unreachable, UpstreamError
from gateway.upstream.pool import ReplicaPool


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds: for a connection, for the first byte of an answer, and between any two pieces.

    `first_byte` counts from the end of the request, so that a second try has what is left of it.
    `quiet` is what the last becomes for streams of events and for WebSockets.
    """

    connect: float = 7.0
    first_byte: float = 9.0
    idle: float = 30.0
    quiet: float = 300.0


class _AskAnother(Exception):
    """A replica answered that it cannot, and another may be asked."""


class Transfer:
    """See the module."""

    def __init__(self, limits: TimeLimits, security: SecurityFields) -> None:
        self.limits = limits
        self._security = security
        self._loop = asyncio.get_running_loop()

    async def carry(self, call: Call) -> None:
        """Send the request and pass the answer on; raises UpstreamError, Refusal or ClientGone."""
        if call.upload is not None:
            call.request += await call.upload.first()
            if call.upload.complete:
                call.upload = None
        call.cluster.admit()
        await self.connect(call)

    async def connect(self, call: Call) -> None:
        """Carry a request that was admitted; raises what `carry` raises."""
        await self._repeat(call, self._send(call))

    async def resume(self, call: Call) -> None:
        """Pass on the answer to a request that was sent already; raises what `carry` raises."""
        await self._repeat(call, self._receive(call))

    async def _repeat(self, call: Call, first_try: Awaitable[None]) -> None:
        try:
            await first_try
        except ClosedBeforeAnswer:
            if not call.repeatable or not call.cluster.may_retry():
                raise
        except _AskAnother:
            pass
        else:
            return
        call.retried = True
        call.rest = ONLY_NEW
        call.cluster.admit_again()
        await self._send(call)

    async def _send(self, call: Call) -> None:
        exchange = call.exchange
        call.replica, connection = await self.connection(call)
        call.connection, call.judged = connection, False
        connection.begin(call.request, is_head_request=exchange.scope["method"] == "HEAD")
        await self._receive(call)

    async def connection(self, call: Call) -> tuple[ReplicaPool, UpstreamConnection]:
        """A connection for an admitted call; raises UpstreamError."""
        cluster = call.cluster
        try:
            replica = call.replica
            if replica is None or call.retried:
                # A second try goes to another replica where there is one.
                replica = cluster.next(avoid=replica)
            connection = replica.take_idle(call.rest)
            if connection is not None:
                return replica, connection
            latest = call.exchange.asked + self.limits.first_byte
            until = min(self._loop.time() + self.limits.connect, latest)
            call.exchange.allow(until, OVERLOADED)
            return await cluster.acquire(replica, call.rest)
        except Unreachable:
            cluster.unreachable()
            raise
        except BaseException:
            cluster.breaker.gave_up()
            raise

    async def _receive(self, call: Call) -> None:
        exchange, connection = call.exchange, call.connection
        assert connection is not None
        try:
            start, body = await self._answer(call, connection)
        except UpstreamError:
            call.judge(0)
            raise
        except asyncio.CancelledError:
            # The sweep took it away: the service was too slow, or the client left.
            if exchange.late and exchange.late_problem is TIMED_OUT:
                call.judge(0)
            raise
        finally:
            call.end()
        if start is not None:
            call.judge(exchange.status)
            await self._send_whole(exchange, start, body)

    async def reply(self, exchange: Exchange, status: int, fields: Fields, body: bytes) -> None:
        """Send an answer that no service was asked for."""
        await self._send_whole(exchange, self._start(exchange, status, fields), body)

    async def _send_whole(self, exchange: Exchange, start: dict[str, Any], body: bytes) -> None:
        exchange.response_bytes = len(body)
        exchange.deadline = self._loop.time() + self.limits.idle
        await exchange.send(start)
        await exchange.send({"type": "http.response.body", "body": body})

    async def _answer(
        self, call: Call, connection: UpstreamConnection
    ) -> tuple[dict[str, Any] | None, bytes]:
        """The whole answer if it is here at once; else passes it on and returns None."""
        exchange, upload = call.exchange, call.upload
        pump = None
        try:
            if upload is None:
                exchange.await_answer(self.limits.first_byte)
            else:
                pump = asyncio.create_task(self._pump(exchange, connection, upload))
            if not connection.head_complete:
                await connection.head()
            if call.asks_another(connection.status):
                call.pass_over()
                raise _AskAnother
            fields = answer_fields(connection.headers)
            if call.recording is not None:
                call.judge(connection.status)
                call.recording.head(connection.status, connection.headers, fields)
            start = self._start(exchange, connection.status, fields)
            if connection.complete and pump is None:
                body = connection.take()
                if call.recording is not None:
                    call.recording.piece(body)
                    call.recording.whole()
                return start, body
            call.judge(connection.status)
            await self._stream(call, connection, start)
            return None, b""
        finally:
            if pump is not None:
                await uploads.stop(pump)
            if upload is not None and not upload.complete:
                connection.keep_alive = False

    async def _pump(
        self, exchange: Exchange, connection: UpstreamConnection, upload: Upload
    ) -> None:
        await upload.pump(connection, self.limits.first_byte)
        exchange.await_answer(self.limits.first_byte)

    async def _stream(
        self, call: Call, connection: UpstreamConnection, start: dict[str, Any]
    ) -> None:
        """Pass the body on piece by piece, no faster than the client takes it."""
        exchange, recording = call.exchange, call.recording
        quiet = self.limits.quiet if _is_events(connection.headers) else self.limits.idle
        await exchange.send(start)
        # The head must not wait for the first piece, which may be long in coming.
        body = connection.take()
        while True:
            more = not connection.complete
            if recording is not None:
                recording.piece(body)
            exchange.response_bytes += len(body)
            exchange.deadline = self._loop.time() + quiet
            await exchange.send({"type": "http.response.body", "body": body, "more_body": more})
            if not more:
                if recording is not None:
                    recording.whole()
                return
            body = await connection.read()

    def _start(self, exchange: Exchange, status: int, fields: Fields) -> dict[str, Any]:
        """The ASGI message that begins the answer."""
        exchange.status = status
        headers = self.client_fields(exchange, fields)
        return {"type": "http.response.start", "status": status, "headers": headers}

    def client_fields(self, exchange: Exchange, fields: Fields) -> Fields:
        """The fields of a service's answer with those that the edge has to say."""
        return [
            *fields,
            *self._security.for_answer(fields),
            *exchange.limit_fields,
            *exchange.cross_origin,
            (b"x-request-id", exchange.request_id),
        ]


def _is_events(fields: Fields) -> bool:
    """Whether an answer is a stream of events, which may be silent for long."""
    return any(
        name == b"content-type" and value.lower().startswith(b"text/event-stream")
        for name, value in fields
    )
