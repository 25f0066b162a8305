"""Spans made by hand for the console's tests, as objects and as OTLP."""

from itertools import count
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from native.console.spans import KINDS, TOPIC, Span

TRACE, ORDER = "4bf92f3577b34da6a3ce929d0e0e4736", "01990000-0000-7000-8000-00000000000a"
MS = 1_000_000
BEGAN = 1_800_000_000_000 * MS
_numbers = count(1)


def span(
    service: str,
    name: str,
    parent: Span | None = None,
    *,
    at: float = 0,
    takes: float = 5,
    kind: str = "server",
    topic: str | None = None,
    sent: int | None = None,
    trace: str = TRACE,
    order: str = "",
    failed: bool = False,
) -> Span:
    """`at`, `takes` and `sent` are milliseconds, from the beginning of the trace."""
    attributes: dict[str, Any] = {} if topic is None else {TOPIC: topic}
    if sent is not None:
        attributes["souk.sent_ms"] = BEGAN // MS + sent
    return Span(
        trace=trace,
        id=f"{next(_numbers):016x}",
        parent="" if parent is None else parent.id,
        service=service,
        name=name,
        kind=kind,
        start=BEGAN + int(at * MS),
        end=BEGAN + int((at + takes) * MS),
        failed=failed,
        aggregate=order,
        attributes=attributes,
    )


def placing(trace: str = TRACE, order: str = ORDER, at: float = 0) -> list[Span]:
    """The beginning of an order: gateway, orders, and inventory by Kafka."""
    first = span("gateway", "POST /v1/orders", at=at, takes=20, trace=trace)
    placed = span("orders", "POST /v1/orders", first, at=at + 1, takes=9, trace=trace, order=order)
    reserved = span(
        "inventory",
        "consume inventory.reserve_stock.v1",
        placed,
        at=at + 30,
        kind="consumer",
        topic="inventory.commands",
        sent=int(at) + 16,
        trace=trace,
        order=order,
    )
    return [first, placed, reserved]


def export(spans: list[Span]) -> bytes:
    """The OTLP request with which a service would send these."""
    request = ExportTraceServiceRequest()
    for one in spans:
        sender = request.resource_spans.add()
        sender.resource.attributes.add(key="service.name").value.string_value = one.service
        wire = sender.scope_spans.add().spans.add(
            trace_id=bytes.fromhex(one.trace),
            span_id=bytes.fromhex(one.id),
            parent_span_id=bytes.fromhex(one.parent),
            name=one.name,
            kind=KINDS.index(one.kind),
            start_time_unix_nano=one.start,
            end_time_unix_nano=one.end,
        )
        wire.status.code = 2 if one.failed else 0
        for key, value in {**one.attributes, "souk.aggregate": one.aggregate}.items():
            kind = "int_value" if isinstance(value, int) else "string_value"
            setattr(wire.attributes.add(key=key).value, kind, value)
    return bytes(request.SerializeToString())
