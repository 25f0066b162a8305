"""Traces with OpenTelemetry, set up once a process.

A span context crosses HTTP and Kafka as W3C `traceparent`. Without an OTLP endpoint every span
still has its ids, for the logs, but nothing is recorded; so watching costs only who watches.
Whether a trace is recorded is decided where it begins, and everybody else goes by that.
"""

import threading

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis import otlp
from chassis.sampling import by_share
from chassis.spans import RedactingExporter

_NAME = "souk"
# The attribute of a span that names the aggregate which it is about.
AGGREGATE = "souk.aggregate"
_propagator = TraceContextTextMapPropagator()
_tracer: trace.Tracer = trace.get_tracer(_NAME)
_provider: TracerProvider | None = None


def tracer() -> trace.Tracer:
    """Returns the process's tracer."""
    return _tracer


def configure_telemetry(
    service: str,
    *,
    otlp_endpoint: str | None = None,
    exporter: SpanExporter | None = None,
    resource: Resource | None = None,
    sample: float = 1.0,
) -> None:
    """Makes the tracer provider; spans go to `exporter` or over OTLP/HTTP to the endpoint.

    Of the traces that begin here the share `sample` is recorded, chosen by their ids.
    """
    global _tracer, _provider
    reach = None
    if exporter is None and otlp_endpoint:
        exporter, reach = _otlp_exporter(otlp_endpoint), otlp.REACH
    own = Resource({"service.name": service, "service.namespace": _NAME})
    _provider = TracerProvider(
        resource=resource or own,
        sampler=by_share(sample) if exporter else ALWAYS_OFF,
        # The exit would wait for a collector that is away; `flush_telemetry` waits a second.
        shutdown_on_exit=False,
    )
    if exporter is not None:
        _provider.add_span_processor(BatchSpanProcessor(RedactingExporter(exporter, reach)))
    _tracer = _provider.get_tracer(_NAME)


def flush_telemetry(seconds: float = 1.0) -> None:
    """Sends the spans that are still here, for so long at most."""
    if _provider is not None:
        # OpenTelemetry's own timeout does nothing: it goes on trying for ten seconds.
        flushing = threading.Thread(target=_provider.force_flush, daemon=True)
        flushing.start()
        flushing.join(timeout=seconds)


def extract(traceparent: str | None, tracestate: str | None = None) -> otel_context.Context:
    """Returns the context that a `traceparent` names; an unreadable one starts a new trace."""
    if traceparent is None:
        return otel_context.Context()
    carrier = {"traceparent": traceparent}
    if tracestate:
        carrier["tracestate"] = tracestate
    return _propagator.extract(carrier, otel_context.Context())


def concerns(aggregate: str) -> None:
    """Notes on the present span which aggregate it is about, so that its trace can be found."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attribute(AGGREGATE, aggregate)


def current_traceparent() -> str | None:
    """Returns the present span as a `traceparent`, or None outside any span."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def _otlp_exporter(endpoint: str) -> SpanExporter:
    # Imported only where it is used: it brings protobuf and requests with it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    otlp.hush(OTLPSpanExporter)
    return OTLPSpanExporter(endpoint=otlp.address(endpoint, "traces"))
