"""What stands in the registry reaches the collector, with the same names and figures."""

import asyncio
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import (
    Histogram,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client import Histogram as Buckets

from chassis import metrics
from chassis.metrics import Requests, Tally, not_refreshed, refreshed_on_scrape
from chassis.otlp_metrics import MetricsPush, converted


class Kept(MetricExporter):
    """A collector that keeps what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.pushes: list[MetricsData] = []

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 0, **_more: object
    ) -> MetricExportResult:
        self.pushes.append(metrics_data)
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 0) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 0, **_more: object) -> None:
        """Nothing to end."""

    def names(self) -> list[str]:
        [resource] = self.pushes[-1].resource_metrics
        return [metric.name for metric in resource.scope_metrics[0].metrics]


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def sent(registry: CollectorRegistry) -> dict[str, Any]:
    return {metric.name: metric.data for metric in converted(registry.collect(), 1, 2)}


def test_a_counter_only_grows_and_a_gauge_does_not(registry: CollectorRegistry) -> None:
    Counter("done_total", "", ("kind",), registry=registry).labels("a").inc(3)
    Gauge("waiting", "", registry=registry).set(7)
    data = sent(registry)
    [point] = data["done"].data_points
    assert (point.value, point.attributes) == (3, {"kind": "a"})
    assert (point.start_time_unix_nano, point.time_unix_nano) == (1, 2)
    assert isinstance(data["done"], Sum)
    assert data["done"].is_monotonic
    assert [point.value for point in data["waiting"].data_points] == [7]
    assert not isinstance(data["waiting"], Sum)


def test_the_buckets_of_a_histogram_count_for_themselves(registry: CollectorRegistry) -> None:
    times = Buckets("seconds", "", ("route",), registry=registry, buckets=(0.1, 1.0))
    for seconds in (0.05, 0.06, 0.5, 30):
        times.labels("/x").observe(seconds)
    histogram = sent(registry)["seconds"]
    assert isinstance(histogram, Histogram)
    [point] = histogram.data_points
    assert point.attributes == {"route": "/x"}
    assert list(point.bucket_counts) == [2, 1, 1]
    assert list(point.explicit_bounds) == [0.1, 1.0]
    assert point.count == 4
    assert point.sum == pytest.approx(30.61)


def test_requests_are_counted_by_template_and_unknown_methods_are_one(
    registry: CollectorRegistry,
) -> None:
    requests = Requests()
    registry.register(requests)
    for method, status, seconds in (("GET", 200, 0.004), ("GET", 500, 2.0), ("BREW", 404, 0.1)):
        requests.note(method, "/v1/things/{id}", status, seconds)
    requests.note("BOIL", "/v1/things/{id}", 404, 20.0)
    data = sent(registry)
    counts = {tuple(p.attributes.values()): p.value for p in data["http_requests"].data_points}
    route = "/v1/things/{id}"
    wanted = {("GET", route, "200"): 1, ("GET", route, "500"): 1, ("other", route, "404"): 2}
    assert counts == wanted
    times = {p.attributes["method"]: p for p in data["http_request_seconds"].data_points}
    assert (times["GET"].count, times["GET"].sum) == (2, pytest.approx(2.004))
    assert times["other"].bucket_counts[-1] == 1


def test_a_metric_without_a_figure_yet_is_left_out(registry: CollectorRegistry) -> None:
    Counter("done_total", "", ("kind",), registry=registry)
    Buckets("seconds", "", ("route",), registry=registry)
    Gauge("waiting", "", registry=registry)
    assert list(sent(registry)) == ["waiting"]


def test_what_is_true_or_false_counts_as_one_or_nothing(registry: CollectorRegistry) -> None:
    tally = Tally("away", "", ("replica",))
    registry.register(tally)
    tally.add("a", amount=True)
    [point] = sent(registry)["away"].data_points
    assert type(point.value) is float


def test_a_tally_counts_by_its_labels(registry: CollectorRegistry) -> None:
    handled = Tally("handled", "", ("group", "type"))
    registry.register(handled)
    handled.add("g", "a.v1")
    handled.add("g", "a.v1")
    handled.add("g", "b.v1", amount=5)
    points = {p.attributes["type"]: p.value for p in sent(registry)["handled"].data_points}
    assert points == {"a.v1": 2, "b.v1": 5}


async def test_figures_go_out_again_and_again_and_once_more_at_the_end(
    registry: CollectorRegistry,
) -> None:
    Gauge("waiting", "", registry=registry)
    kept = Kept()
    push = MetricsPush(kept, Resource({}), seconds=0.02, registry=registry)
    running = asyncio.create_task(push.run())
    while len(kept.pushes) < 3:
        await asyncio.sleep(0.01)
    await push.stop()
    await asyncio.wait_for(running, 3)
    assert kept.names() == ["waiting"]


async def test_a_gauge_that_cannot_be_read_is_said_and_stops_no_push(
    registry: CollectorRegistry,
) -> None:
    kept = Kept()
    push = MetricsPush(kept, Resource({}), seconds=0.02, registry=registry)

    async def broken() -> None:
        raise ConnectionRefusedError

    with refreshed_on_scrape(broken):
        running = asyncio.create_task(push.run())
        while len(kept.pushes) < 2:
            await asyncio.sleep(0.01)
        assert not_refreshed._value.get() == 1
        # A scrape is answered 503 instead.
        with pytest.raises(ConnectionRefusedError):
            await metrics.expose()
    while not_refreshed._value.get() != 0:
        await asyncio.sleep(0.01)
    await push.stop()
    await asyncio.wait_for(running, 3)
