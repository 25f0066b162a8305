"""Takes personal data out of spans on their way to the collector, and says when that is away.

A span keeps the text of an error that passed through it, and libraries quote what they were
given. `telemetry.py` puts this before every exporter.
"""

from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from chassis.otlp import Reach
from chassis.redaction import redact, redact_text

# OpenTelemetry's own words for a topic and for a consumer group, whose last word is "name".
_PUBLIC = frozenset({"messaging.destination.name", "messaging.consumer.group.name"})


class RedactingExporter(SpanExporter):
    """Hands spans on to `inner`, without e-mail addresses, passwords and private fields."""

    def __init__(self, inner: SpanExporter, reach: Reach | None = None) -> None:
        self._inner = inner
        self._reach = reach or Reach()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Exports redacted copies; a collector that stays away is told of once."""
        result = self._inner.export([redacted(span) for span in spans])
        self._reach.note("traces", result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        """Ends the inner exporter."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flushes the inner exporter."""
        return self._inner.force_flush(timeout_millis)


def redacted(span: ReadableSpan) -> ReadableSpan:
    """Returns a copy of a finished span with nothing private in it."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_clean(span.attributes),
        events=[Event(e.name, _clean(e.attributes), e.timestamp) for e in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, _text(span.status.description)),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _clean(attributes: Any) -> dict[str, Any]:
    attributes = attributes or {}
    return redact(attributes) | {name: attributes[name] for name in _PUBLIC & attributes.keys()}


def _text(description: str | None) -> str | None:
    return None if description is None else redact_text(description)
