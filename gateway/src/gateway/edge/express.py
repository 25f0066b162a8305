"""The short way of the usual request: no task, no message, one write in and one write out.

It takes what is here as a whole, from a caller who is known, for a service with a kept connection,
and does by callbacks what `forwarder.py` does by awaiting, with the same steps. Whatever turns out
to be more is handed over to the long way where it stands. The server offers each request here.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from gateway.edge.call import Call
from gateway.edge.exchange import Exchange
from gateway.edge.forwarder import METHODS, Forwarder, Steps
from gateway.edge.problems import Refusal
from gateway.edge.request_head import read_head
from gateway.edge.response_head import answer_fields
from gateway.upstream.errors import UpstreamError

# A browser's OPTIONS is answered by the long way.
_METHODS = METHODS - {"OPTIONS"}


class Cycle(Protocol):
    """One request and its answer at the server; see `server.cycle.EdgeCycle`."""

    scope: Any
    body: bytearray
    on_gone: Any
    receive: Any
    send: Any

    @property
    def choked(self) -> bool:
        """Whether the client reads more slowly than we write."""

    def answer(self, status: int, fields: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Send a whole answer."""

    def hand_over(self, application: Any) -> None:
        """Let an ASGI application answer, in a task."""


class Express:
    """See the module."""

    def __init__(self, steps: Steps, forwarder: Forwarder) -> None:
        self.steps = steps
        self.forwarder = forwarder
        self.loop = asyncio.get_running_loop()

    def take(self, cycle: Cycle) -> bool:
        """Begin with a request that has come as a whole; False leaves it untouched."""
        try:
            call = self._prepare(cycle)
        except Refusal:
            # The long way finds the same, and knows how to say it.
            return False
        if call is None:
            return False
        exchange, steps = call.exchange, self.steps
        ride = exchange.ride = Ride(self, cycle, call)
        cycle.on_gone = ride.leave
        steps.exchanges.active.add(exchange)
        steps.admission.count(exchange, ride.counted)
        return True

    def _prepare(self, cycle: Cycle) -> Call | None:
        """What is to be sent, for whom and where; None for what is not for the short way."""
        scope, steps = cycle.scope, self.steps
        if scope["method"] not in _METHODS:
            return None
        cluster = steps.router.find(scope["raw_path"], scope["query_string"])
        head = read_head(scope["headers"])
        host = steps.hosts.check(head.host, scope["http_version"])
        if head.chunked or (head.length or 0) > steps.body.size:
            return None
        exchange = Exchange(scope, None, None, steps.trace(scope), self.loop)
        exchange.cross_origin = steps.origins.fields(scope["headers"])
        exchange.upstream = cluster.name
        exchange.host = host
        if head.request_id is not None:
            exchange.request_id = head.request_id
        if not steps.admission.recognise(exchange, head.authorization):
            return None
        request = head.render(scope, host, exchange.trace)
        if cycle.body:
            request += cycle.body
        return Call(exchange, cluster, request)


class Ride:
    """A request on the short way; its methods are what may happen to it."""

    __slots__ = ("_call", "_cycle", "_exchange", "_express")

    def __init__(self, express: Express, cycle: Cycle, call: Call) -> None:
        self._express = express
        self._cycle = cycle
        self._call = call
        self._exchange = call.exchange

    def counted(self, filled: int | None) -> None:
        """The limiter has answered: send the request, or refuse it."""
        call, exchange = self._call, self._exchange
        if exchange.gone:
            self._finish()
            return
        steps = self._express.steps
        try:
            steps.admission.judge(exchange, filled)
            if steps.cache.concerns(exchange):
                self._ask_cache(steps)
                return
            call.cluster.admit()
        except (Refusal, UpstreamError) as error:
            self._hand_over(_failing(error))
            return
        replica = call.replica = call.cluster.next()
        connection = replica.take_idle(call.rest)
        if connection is None:
            self._hand_over(steps.transfer.connect(call))
            return
        call.connection = connection
        exchange.await_answer(steps.transfer.limits.first_byte)
        connection.listener = self.heard
        is_head = exchange.scope["method"] == "HEAD"
        connection.begin(call.request, is_head_request=is_head)

    def _ask_cache(self, steps: Steps) -> None:
        kept = steps.cache.fresh(self._exchange)
        if kept is None or self._cycle.choked:
            self._hand_over(steps.fetching.carry(self._call))
            return
        steps.cache.outcomes["hit"] += 1
        self._answer(kept.status, kept.fields, kept.body)

    def _answer(self, status: int, fields: list[tuple[bytes, bytes]], body: bytes) -> None:
        exchange = self._exchange
        exchange.status = status
        exchange.response_bytes = len(body)
        fields = self._express.steps.transfer.client_fields(exchange, fields)
        self._cycle.answer(status, fields, body)
        self._finish()

    def heard(self) -> None:
        """Something came from the service: pass a whole answer on, hand anything else over."""
        call, steps = self._call, self._express.steps
        connection = call.connection
        assert connection is not None
        if not (connection.head_complete or connection.failed):
            return
        connection.listener = None
        status = connection.status
        if connection.failed or not connection.complete or status >= 500 or self._cycle.choked:
            self._hand_over(steps.transfer.resume(call))
            return
        try:
            fields = answer_fields(connection.headers)
        except UpstreamError:
            self._hand_over(steps.transfer.resume(call))
            return
        body = connection.take()
        call.judge(status)
        call.end()
        self._answer(status, fields, body)

    def interrupt(self) -> None:
        """The answer has not come in time."""
        if self._release():
            self._call.judge(0)
            self._hand_over(_failing(Refusal(self._exchange.late_problem)))

    def leave(self) -> None:
        """The client has left."""
        self._exchange.gone = True
        if self._release():
            self._finish()

    def _release(self) -> bool:
        """Stop waiting for the service; False when the limiter is what is waited for."""
        connection = self._call.connection
        if connection is None:
            return False
        connection.listener = None
        connection.close()
        self._call.end()
        return True

    def _hand_over(self, work: Coroutine[Any, Any, None]) -> None:
        exchange, cycle = self._exchange, self._cycle
        exchange.ride = cycle.on_gone = None
        exchange.receive, exchange.send = cycle.receive, cycle.send
        run = self._express.forwarder.run
        cycle.hand_over(lambda *_: run(exchange, work))

    def _finish(self) -> None:
        self._cycle.on_gone = None
        self._exchange.ride = None
        self._express.forwarder.account(self._exchange)


async def _failing(error: Exception) -> None:
    raise error
