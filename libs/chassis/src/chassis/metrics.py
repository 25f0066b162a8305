"""Metrics that every service has: served at `/metrics`, and pushed over OTLP where that is set up.

Prometheus' registry is the only book: a hot path counts in plain numbers, and both ways out read
them when somebody asks (docs/adr/0044). The relay and the consumer, which import the objects
below, say how much waits and how much was done. A service adds its own with prometheus-client.
"""

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    Counter,
    Gauge,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

# When a series began nobody asks, and it would double their number.
disable_created_metrics()  # type: ignore[no-untyped-call]

# Seconds. Dense where an answer is meant to be, sparse where it is merely late.
BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests(Collector):
    """Counts requests by method, route template and status, without a lock: one thread does it."""

    def __init__(self) -> None:
        # Counts by bucket, the last for what is over all; then the seconds of all.
        self._series: dict[tuple[str, str, int], list[float]] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one request under its route's template, so that ids make no new series."""
        series = self._series.get((method, route, status))
        if series is None:
            # Any word may be a method; the unknown ones share a series.
            key = (method if method in _METHODS else "other", route, status)
            series = self._series.setdefault(key, [0.0] * (len(BUCKETS) + 2))
        series[bisect_left(BUCKETS, seconds)] += 1
        series[-1] += seconds

    def collect(self) -> Iterable[Metric]:
        """Both metrics as they stand."""
        counts = CounterMetricFamily(
            "http_requests", "Requests answered.", labels=("method", "route", "status")
        )
        times = HistogramMetricFamily(
            "http_request_seconds", "Time from request to answer.", labels=("method", "route")
        )
        sums: dict[tuple[str, str], list[float]] = {}
        for (method, route, status), series in self._series.items():
            counts.add_metric((method, route, str(status)), sum(series[:-1]))
            known = sums.get((method, route), [0.0] * len(series))
            sums[method, route] = [a + b for a, b in zip(known, series, strict=True)]
        for labels, series in sums.items():
            times.add_metric(labels, cumulative(BUCKETS, series[:-1]), series[-1])
        return counts, times


class Tally(Collector):
    """A counter for hot paths: one thread counts, without a lock."""

    def __init__(self, name: str, text: str, labels: Sequence[str]) -> None:
        self._name, self._text, self._labels = name, text, labels
        self._counts: dict[tuple[str, ...], float] = {}

    def add(self, *labels: str, amount: float = 1.0) -> None:
        """Counts under these labels, whose values must be few."""
        self._counts[labels] = self._counts.get(labels, 0.0) + amount

    def collect(self) -> Iterable[Metric]:
        """The counter as it stands."""
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for labels, count in self._counts.items():
            family.add_metric(labels, count)
        return (family,)


def tally(name: str, text: str, labels: Sequence[str] = ()) -> Tally:
    """Makes a `Tally` that both ways out know; its name has no `_total` yet."""
    made = Tally(name, text, labels)
    REGISTRY.register(made)
    return made


def cumulative(buckets: Sequence[float], counts: Sequence[float]) -> list[tuple[str, float]]:
    """Turns counts a bucket, the last for what is over all, into Prometheus' running sums."""
    running, total = [], 0.0
    for limit, count in zip((*map(str, buckets), "+Inf"), counts, strict=True):
        total += count
        running.append((limit, total))
    return running


requests = Requests()
REGISTRY.register(requests)
observe_request = requests.note

outbox_waiting = Gauge("outbox_waiting", "Events written and not yet published.")
outbox_oldest = Gauge("outbox_oldest_seconds", "Age of the oldest event not yet published.")
consumer_lag = Gauge(
    "consumer_lag", "Messages of a partition not yet handled.", ("group", "topic", "partition")
)
events_consumed = Counter("events_consumed_total", "Messages handled.", ("group",))
messages_handled = tally(
    "messages_handled", "Messages whose effect was committed.", ("group", "type")
)
dead_letters = Counter("dead_letters_total", "Messages given up.", ("group", "topic"))
not_refreshed = Gauge("metrics_not_refreshed", "Gauges that could not be read at the last look.")

# What can only be known by looking; each refreshes its gauges when somebody asks.
_refreshers: list[Callable[[], Awaitable[None]]] = []


@contextmanager
def refreshed_on_scrape(refresh: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """While inside, calls `refresh` before each look at the metrics, for gauges costly to keep."""
    _refreshers.append(refresh)
    try:
        yield
    finally:
        _refreshers.remove(refresh)


async def refresh_all() -> None:
    """Refreshes every gauge; raises what a refresher raises."""
    for refresh in tuple(_refreshers):
        await refresh()


async def expose() -> Response:
    """Answers in Prometheus' text format.

    503 when a gauge cannot be refreshed: a scrape that fails is seen, a stale figure is not.
    """
    await refresh_all()
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
