"""Traces with OpenTelemetry, and error reports to Sentry, both set up once a process.

A span context crosses HTTP and Kafka as W3C `traceparent`. Without an OTLP endpoint every span
still has its ids, for the logs, but nothing is recorded; so watching costs only who watches.
"""

import logging
import sys
import threading
from collections.abc import Mapping
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.redaction import redact_text
from chassis.spans import RedactingExporter

_NAME = "souk"
_propagator = TraceContextTextMapPropagator()
_tracer: trace.Tracer = trace.get_tracer(_NAME)
_provider: TracerProvider | None = None


def tracer() -> trace.Tracer:
    """Returns the process's tracer."""
    return _tracer


def configure_telemetry(
    service: str, *, otlp_endpoint: str | None = None, exporter: SpanExporter | None = None
) -> None:
    """Makes the tracer provider; spans go to `exporter` or over OTLP/HTTP to the endpoint."""
    global _tracer, _provider
    if exporter is None and otlp_endpoint:
        exporter = _otlp_exporter(otlp_endpoint)
    _provider = TracerProvider(
        resource=_resource(service, watched=exporter is not None),
        sampler=None if exporter else ALWAYS_OFF,
        # The exit would wait for a collector that is away; `flush_telemetry` waits a second.
        shutdown_on_exit=False,
    )
    if exporter is not None:
        _provider.add_span_processor(BatchSpanProcessor(RedactingExporter(exporter)))
    _tracer = _provider.get_tracer(_NAME)


def flush_telemetry() -> None:
    """Sends what is still here, for a second at most; the last thing that a process does."""
    if _provider is not None:
        # OpenTelemetry's own timeout does nothing: it goes on trying for ten seconds.
        flushing = threading.Thread(target=_provider.force_flush, daemon=True)
        flushing.start()
        flushing.join(timeout=1.0)
    if "sentry_sdk" in sys.modules:
        sys.modules["sentry_sdk"].flush(timeout=1.0)


def extract(traceparent: str | None, tracestate: str | None = None) -> otel_context.Context:
    """Returns the context that a `traceparent` names; an unreadable one starts a new trace."""
    if traceparent is None:
        return otel_context.Context()
    carrier = {"traceparent": traceparent}
    if tracestate:
        carrier["tracestate"] = tracestate
    return _propagator.extract(carrier, otel_context.Context())


def current_traceparent() -> str | None:
    """Returns the present span as a `traceparent`, or None outside any span."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def configure_sentry(dsn: str | None, *, service: str, environment: str) -> None:
    """Starts error reports when there is a DSN; they hold no local variables and no bodies."""
    if not dsn:
        return
    # Imported only where it is used: it is the slowest import of them all.
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        server_name=service,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        send_default_pii=False,
        max_request_body_size="never",
        before_send=_without_private_text,
    )


def report_error(error: BaseException, **tags: str) -> None:
    """Sends an error that nobody expected to Sentry; does nothing where that is not set up."""
    if "sentry_sdk" not in sys.modules:
        return
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            scope.set_tag("trace_id", f"{span.trace_id:032x}")
        for name, value in tags.items():
            scope.set_tag(name, value)
        sentry_sdk.capture_exception(error)


def _resource(service: str, *, watched: bool) -> Resource:
    """Who the spans are from; whoever collects them also learns with which SDK they were made."""
    own = {"service.name": service, "service.namespace": _NAME}
    return Resource.create(own) if watched else Resource(own)


def _otlp_exporter(endpoint: str) -> SpanExporter:
    # Imported only where it is used: it brings protobuf and requests with it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    # It speaks of each attempt; `RedactingExporter` says once that nobody answers.
    logging.getLogger(OTLPSpanExporter.__module__).setLevel(logging.CRITICAL)
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")


def _without_private_text(event: Any, _hint: Mapping[str, Any]) -> Any:
    for exception in event.get("exception", {}).get("values", ()):
        exception["value"] = redact_text(str(exception.get("value", "")))
    return event
