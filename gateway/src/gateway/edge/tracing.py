"""Each request begins a trace here (W3C Trace Context); what a client sends as one is dropped.

A recorded one is a span; of the others only the ids are made, which costs a microsecond instead
of sixty. Whether it is recorded is decided here, and `traceparent` tells all who come after, over
HTTP and Kafka (docs/adr/0046). Called once a request by the forwarder and the express way.
"""

from collections.abc import Mapping
from random import getrandbits, random
from time import monotonic
from typing import Any, Protocol

from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from chassis.sampling import RECORDED
from chassis.telemetry import tracer
from gateway.edge.routing import prefix_of

# What changes an order is recorded before all else, so that the way of an order can be shown.
ORDERS = b"/v1/orders"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
# Who watches is not worth watching, and asks every two seconds.
CONSOLE = b"/console"


class Trace(Protocol):
    """The place of one request in its trace; ids are lower-case hexadecimal."""

    trace_id: bytes
    traceparent: bytes

    def end(self, status: int) -> None:
        """The request was answered with `status`, or 0 when the client went away."""


class UnrecordedTrace:
    """Ids alone, with the flag that says that nobody records it."""

    __slots__ = ("trace_id", "traceparent")

    def __init__(self) -> None:
        ids = b"%048x" % (getrandbits(192) or 1)
        self.trace_id = ids[:32]
        self.traceparent = b"00-%b-%b-00" % (self.trace_id, ids[32:])

    def end(self, status: int) -> None:
        """Nothing is recorded."""


class RecordedTrace:
    """A server span, exported when the request ends."""

    __slots__ = ("_span", "trace_id", "traceparent")

    def __init__(self, method: str, prefix: str) -> None:
        attributes = {"http.request.method": method, "http.route": prefix}
        self._span: Span = tracer().start_span(
            f"{method} {prefix}", RECORDED, SpanKind.SERVER, attributes
        )
        context = self._span.get_span_context()
        self.trace_id = b"%032x" % context.trace_id
        self.traceparent = b"00-%b-%016x-%02x" % (
            self.trace_id,
            context.span_id,
            context.trace_flags,
        )

    def end(self, status: int) -> None:
        """Close the span."""
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class Sampling:
    """Begins the trace of each request, and decides which are recorded.

    Of what changes an order that are the first `orders_per_second` of every second, and of the rest
    the first `per_second`, so that whoever tries something out finds it again; of what comes beyond
    that, the share `share`. So a flood costs no more than a busy hour.
    """

    def __init__(self, share: float, per_second: int, orders_per_second: int) -> None:
        self._share = share
        self._others = Budget(per_second)
        self._orders = Budget(orders_per_second)

    def __call__(self, scope: Mapping[str, Any]) -> Trace:
        """The trace of a request."""
        method, prefix = scope["method"], prefix_of(scope["raw_path"])
        budget = self._orders if prefix == ORDERS and method not in _READS else self._others
        if prefix != CONSOLE and (budget.take() or random() < self._share):  # noqa: S311
            return RecordedTrace(method, prefix.decode("latin-1"))
        return UnrecordedTrace()


class Budget:
    """So many a second."""

    __slots__ = ("_left", "_most", "_second")

    def __init__(self, most: int) -> None:
        self._most = most
        self._second = self._left = 0

    def take(self) -> bool:
        """Whether there is one left in this second, which is then taken."""
        second = int(monotonic())
        if second != self._second:
            self._second, self._left = second, self._most
        if not self._left:
            return False
        self._left -= 1
        return True
