"""A span as the console keeps it, and the steps between services that spans show.

`intake.py` reads spans from OTLP, `store.py` keeps them, `waterfall.py` draws them, and the tests
compare the steps with `edges.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chassis.delivery import SENT
from chassis.telemetry import AGGREGATE
from native.console.edges import KAFKA, MAILBOX, Edge

TOPIC = "messaging.destination.name"
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")


@dataclass(frozen=True, slots=True)
class Span:
    """One finished piece of work; ids are lower-case hexadecimal, times nanoseconds.

    `parent` is empty for the first span of a trace, and `aggregate` where nothing is named.
    """

    trace: str
    id: str
    parent: str
    service: str
    name: str
    kind: str
    start: int
    end: int
    failed: bool = False
    aggregate: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def topic(self) -> str | None:
        """The topic that its message came by."""
        return self.attributes.get(TOPIC) if self.kind == "consumer" else None

    @property
    def sent(self) -> int | None:
        """When its message was sent, in nanoseconds; to a millisecond."""
        sent = self.attributes.get(SENT)
        return None if sent is None else int(sent) * 1_000_000


def read_request(raw: bytes) -> list[Span]:
    """The spans of an OTLP export (protobuf). Raises google.protobuf.message.DecodeError."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest.FromString(raw)
    found = []
    for sender in request.resource_spans:
        service = str(_values(sender.resource.attributes).get("service.name", "unknown"))
        for scope in sender.scope_spans:
            found += [_span(service, one) for one in scope.spans]
    return found


def _span(service: str, one: Any) -> Span:
    attributes = _values(one.attributes)
    return Span(
        trace=one.trace_id.hex(),
        id=one.span_id.hex(),
        parent=one.parent_span_id.hex(),
        service=service,
        name=one.name,
        kind=KINDS[one.kind] if one.kind < len(KINDS) else KINDS[0],
        start=one.start_time_unix_nano,
        end=one.end_time_unix_nano,
        failed=one.status.code == 2,
        aggregate=str(attributes.pop(AGGREGATE, "")),
        attributes=attributes,
    )


def _values(attributes: Any) -> dict[str, Any]:
    """The plain values; lists and maps are left out, since ours have none."""
    values = {}
    for item in attributes:
        kind = item.value.WhichOneof("value")
        if kind in ("string_value", "int_value", "double_value", "bool_value"):
            values[item.key] = getattr(item.value, kind)
    return values


def steps(spans: Iterable[Span]) -> set[Edge]:
    """The edges between services that the spans of a trace show."""
    known = {span.id: span for span in spans}
    return {edge for span in known.values() for edge in _steps_to(span, known.get(span.parent))}


def _steps_to(span: Span, parent: Span | None) -> Iterator[Edge]:
    if span.kind == "producer" and span.name.startswith("send "):
        yield Edge(span.service, MAILBOX, "smtp")
    if parent is None:
        return
    if span.topic is not None:
        yield Edge(parent.service, KAFKA, "publish", span.topic)
        yield Edge(KAFKA, span.service, "consume", span.topic)
    elif span.service != parent.service:
        yield Edge(parent.service, span.service, "http")
