"""Goes on with the conversation and trace that asked for an operation, and measures its call.

The provider desk works long after the command's own transaction; these keep one order one
trace, and show at `/metrics` how the provider does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from opentelemetry.context import attach, detach
from prometheus_client import Counter, Histogram

from chassis.context import conversation
from chassis.telemetry import extract, tracer
from payments.application.carry_out import (
    Answered,
    AnsweredLater,
    Impossible,
    NothingToDo,
    Outcome,
    Unanswered,
)
from payments.domain.operation import Declined, Kind
from payments.domain.ports import Origin

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
calls = Counter("payments_provider_calls_total", "Calls to the provider.", ("kind", "outcome"))
call_seconds = Histogram(
    "payments_provider_call_seconds", "Time of a call to the provider.", ("kind",), buckets=_BUCKETS
)


@contextmanager
def resumed(origin: Origin) -> Iterator[None]:
    """Everything inside belongs to the origin's conversation and trace."""
    token = attach(extract(origin.traceparent))
    try:
        with conversation(origin.correlation_id, origin.causation_id):
            yield
    finally:
        detach(token)


@contextmanager
def observed(kind: Kind) -> Iterator[Callable[[Outcome], None]]:
    """A span and the metrics around one call; the body notes the outcome."""
    started = perf_counter()
    with tracer().start_as_current_span(f"provider {kind.value}") as span:

        def note(outcome: Outcome) -> None:
            name = _name(outcome)
            span.set_attribute("payments.outcome", name)
            calls.labels(kind.value, name).inc()
            call_seconds.labels(kind.value).observe(perf_counter() - started)

        yield note


def _name(outcome: Outcome) -> str:
    match outcome:
        case Answered(answer=Declined()):
            return "declined"
        case Answered():
            return "approved"
        case AnsweredLater():
            return "processing"
        case Unanswered():
            return "unanswered"
        case NothingToDo():
            return "nothing_to_do"
        case Impossible():
            return "impossible"
