"""The first span of a trace is recorded by its share, or because somebody wants it."""

from collections.abc import Iterator

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.sampling import RECORDED
from chassis.telemetry import AGGREGATE, concerns, configure_telemetry, extract, tracer

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(params=[0.0, 1.0])
def share(request: pytest.FixtureRequest) -> Iterator[float]:
    configure_telemetry("sample", exporter=InMemorySpanExporter(), sample=request.param)
    yield request.param
    configure_telemetry("sample")


def test_a_trace_that_begins_here_goes_by_the_share(share: float) -> None:
    assert tracer().start_span("work", Context()).is_recording() == (share == 1.0)


def test_a_trace_that_is_wanted_is_recorded_whatever_the_share(share: float) -> None:
    assert tracer().start_span("work", RECORDED).is_recording()


@pytest.mark.parametrize(("flags", "wanted"), [("01", True), ("00", False)])
def test_a_trace_from_elsewhere_goes_on_as_it_was_decided_there(
    share: float, flags: str, wanted: bool
) -> None:
    parent = extract(f"00-{TRACE}-00f067aa0ba902b7-{flags}")
    assert tracer().start_span("work", parent).is_recording() is wanted


def test_a_span_says_which_aggregate_it_is_about() -> None:
    exporter = InMemorySpanExporter()
    configure_telemetry("sample", exporter=exporter)
    concerns("outside any span")
    with tracer().start_as_current_span("work") as span:
        concerns("order-1")
    assert getattr(span, "attributes")[AGGREGATE] == "order-1"  # noqa: B009
    configure_telemetry("sample")
