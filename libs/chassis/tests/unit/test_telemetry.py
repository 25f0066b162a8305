"""Traces cross borders as W3C traceparent, and cost nothing to speak of when nobody watches."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.reports import report_error
from chassis.spans import RedactingExporter
from chassis.telemetry import (
    configure_telemetry,
    current_traceparent,
    extract,
    flush_telemetry,
    tracer,
)

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def _plain_telemetry() -> Iterator[None]:
    yield
    configure_telemetry("test")


def test_outside_any_span_there_is_no_traceparent() -> None:
    assert current_traceparent() is None


def test_a_span_goes_on_with_the_trace_of_its_caller() -> None:
    configure_telemetry("sample", exporter=InMemorySpanExporter())
    with tracer().start_as_current_span("work", extract(PARENT)):
        here = current_traceparent()
    assert here is not None
    assert here.startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    assert here.endswith("-01")
    assert here != PARENT


def test_spans_that_nobody_collects_still_have_ids() -> None:
    configure_telemetry("sample")
    with tracer().start_as_current_span("work", extract(PARENT)) as span:
        here = current_traceparent()
    assert not span.is_recording()
    assert here is not None
    assert here.startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")


@pytest.mark.parametrize("text", [None, "", "x", "00-0-0-00", "é", PARENT.replace("4bf9", "zzzz")])
def test_an_unreadable_traceparent_starts_a_new_trace(text: str | None) -> None:
    configure_telemetry("sample")
    with tracer().start_as_current_span("work", extract(text)) as span:
        assert span.get_span_context().is_valid
        assert "4bf92f3577b34da6" not in str(current_traceparent())


def test_finished_spans_reach_the_exporter_with_the_name_of_the_service() -> None:
    exporter = InMemorySpanExporter()
    configure_telemetry("sample", exporter=exporter)
    with tracer().start_as_current_span("work"):
        pass
    flush_telemetry()
    [span] = exporter.get_finished_spans()
    assert span.name == "work"
    assert span.resource.attributes["service.name"] == "sample"


def test_a_span_tells_the_collector_nothing_private() -> None:
    exporter = InMemorySpanExporter()
    configure_telemetry("sample", exporter=exporter)
    with pytest.raises(ValueError), tracer().start_as_current_span("work") as span:
        span.set_attribute("user_email", "x")
        raise ValueError("no such user ann@shop.example")
    flush_telemetry()
    [sent] = exporter.get_finished_spans()
    text = sent.to_json()
    assert "ann@shop.example" not in text
    assert "no such user [redacted]" in text
    assert sent.attributes == {"user_email": "[redacted]"}
    assert not sent.status.is_ok


def test_an_error_is_reported_to_nobody_without_a_dsn() -> None:
    report_error(ValueError("x"), part="test")


class Stuck(SpanExporter):
    """A collector that takes the connection and never answers, until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.let_go.wait(30)
        return SpanExportResult.SUCCESS


def test_a_collector_that_does_not_answer_holds_up_the_exit_for_no_longer_than_it_may() -> None:
    exporter = Stuck()
    configure_telemetry("sample", exporter=exporter)
    with tracer().start_as_current_span("work"):
        pass
    began = time.monotonic()
    flush_telemetry(0.1)
    took = time.monotonic() - began
    exporter.let_go.set()
    assert 0.1 <= took < 5


class Wavering(SpanExporter):
    """A collector that is away, and away, and back."""

    def __init__(self) -> None:
        self.answers = [SpanExportResult.FAILURE] * 2 + [SpanExportResult.SUCCESS] * 2

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self.answers.pop(0)


def test_a_collector_is_said_to_be_away_once_and_to_be_back_once() -> None:
    exporter = RedactingExporter(Wavering())
    with structlog.testing.capture_logs() as lines:
        for _ in range(4):
            exporter.export([])
    assert [line["event"] for line in lines] == ["collector_away", "collector_back"]
