"""A collector of spans for the tests: OTLP over HTTP with protobuf, kept in memory.

The tests' stack sends its spans to the endpoint in its record; `conftest.py` listens there. It has
a thread of its own, so that it answers while a test waits for something else.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from native.listening import listening

MOST_SPANS = 50_000


@dataclass(frozen=True, slots=True)
class Span:
    """One span; the ids are lower-case hexadecimal, `parent` is empty for the first of a trace."""

    service: str
    sdk: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    # All of it, events and links too, as it came.
    raw: bytes


class Collector:
    """The newest spans that were received."""

    def __init__(self) -> None:
        self._spans: deque[Span] = deque(maxlen=MOST_SPANS)

    def take(self, request: ExportTraceServiceRequest) -> None:
        """Keep the spans of one export."""
        for sender in request.resource_spans:
            resource = _values(sender.resource.attributes)
            for scope in sender.scope_spans:
                self._spans.extend(_span(span, resource) for span in scope.spans)

    def trace(self, trace: str) -> list[Span]:
        """The spans of one trace."""
        return [span for span in self.everything() if span.trace == trace]

    def everything(self) -> list[Span]:
        """Every span that is still kept."""
        return list(self._spans)


def edges(spans: list[Span]) -> set[tuple[str, str]]:
    """Each step from a span to one below it, as "service: name" twice."""
    known = {span.id: span for span in spans}
    return {(label(known[span.parent]), label(span)) for span in spans if span.parent in known}


def label(span: Span) -> str:
    """How a span is written in an edge."""
    return f"{span.service}: {span.name}"


@contextmanager
def collecting(endpoint: str) -> Iterator[Collector]:
    """Collect the spans that are sent to an OTLP endpoint until the end of the block."""
    collector = Collector()

    def take(path: str, body: bytes) -> None:
        if path == "/v1/traces":
            collector.take(ExportTraceServiceRequest.FromString(body))

    with listening(urlsplit(endpoint).port or 0, take):
        yield collector


def _span(span: Any, resource: dict[str, Any]) -> Span:
    return Span(
        service=resource.get("service.name", ""),
        sdk=resource.get("telemetry.sdk.name", ""),
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        attributes=_values(span.attributes),
        raw=span.SerializeToString(),
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {
        item.key: getattr(item.value, item.value.WhichOneof("value") or "string_value")
        for item in attributes
    }
