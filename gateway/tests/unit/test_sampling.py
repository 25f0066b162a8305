"""Which requests have their trace recorded: all that change an order, and of the rest a share."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.telemetry import configure_telemetry, flush_telemetry
from gateway.edge.tracing import Sampling

SAMPLED = 1


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    made = InMemorySpanExporter()
    configure_telemetry("gateway", exporter=made, sample=0.0)
    yield made
    configure_telemetry("gateway")


def request(method: str, path: str) -> dict[str, Any]:
    return {"method": method, "raw_path": path.encode()}


def recorded(sampling: Sampling, method: str, path: str, times: int = 1) -> int:
    traces = [sampling(request(method, path)) for _ in range(times)]
    for trace in traces:
        trace.end(200)
    return sum(int(trace.traceparent[-2:], 16) & SAMPLED for trace in traces)


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/orders/1/cancellation"])
def test_what_changes_an_order_is_recorded_until_there_is_too_much_of_it(
    exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    now = 1.0
    monkeypatch.setattr("gateway.edge.tracing.monotonic", lambda: now)
    sampling = Sampling(0.0, 0, 25)
    assert recorded(sampling, "POST", path, 20) == 20
    assert recorded(sampling, "GET", path, 100) == 0
    assert recorded(sampling, "POST", path, 100) == 5
    now = 2.5
    assert recorded(sampling, "POST", path, 3) == 3
    flush_telemetry()
    assert {span.name for span in exporter.get_finished_spans()} == {"POST /v1/orders"}


def test_reads_are_recorded_by_their_share(exporter: InMemorySpanExporter) -> None:
    assert recorded(Sampling(0.0, 0, 0), "GET", "/v1/orders", 100) == 0
    assert recorded(Sampling(1.0, 0, 0), "GET", "/v1/orders", 100) == 100
    assert 5 < recorded(Sampling(0.1, 0, 0), "GET", "/v1/orders", 500) < 150


def test_the_first_of_each_second_are_recorded_whatever_they_are(
    exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1.0
    monkeypatch.setattr("gateway.edge.tracing.monotonic", lambda: now)
    sampling = Sampling(0.0, 3, 0)
    assert recorded(sampling, "GET", "/v1/products", 100) == 3
    now = 2.0
    assert recorded(sampling, "GET", "/v1/products", 100) == 3


def test_who_watches_is_never_recorded(exporter: InMemorySpanExporter) -> None:
    assert recorded(Sampling(1.0, 100, 100), "GET", "/console/data/overview", 10) == 0
