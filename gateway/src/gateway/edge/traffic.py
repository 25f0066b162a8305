"""What the gateway counts of its own traffic, for Prometheus.

A labelled counter of the client library costs more than the rest of the bookkeeping, so requests
are counted in plain lists here, and turned into metrics when `/metrics` is read.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sized

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from chassis.metrics import BUCKETS, cumulative
from gateway.cache.cache import Cache
from gateway.upstream.cluster import Cluster


class _Series:
    """Requests of one upstream, method and status."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class Traffic(Collector):
    """Counts requests; register it once with Prometheus' registry."""

    def __init__(self, clusters: Mapping[str, Cluster], cache: Cache, tokens: Sized = ()) -> None:
        """`tokens` are those that were verified and are remembered."""
        self._clusters = clusters
        self._cache = cache
        self._tokens = tokens
        self._series: dict[tuple[str, str, int], _Series] = {}

    def note(self, upstream: str, method: str, status: int, seconds: float) -> None:
        """Count one finished request."""
        key = (upstream, method, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series()
        series.buckets[bisect_left(BUCKETS, seconds)] += 1
        series.seconds += seconds

    def collect(self) -> Iterable[Metric]:
        """The metrics as they stand now."""
        labels = ("upstream", "method", "status")
        requests = CounterMetricFamily("gateway_requests", "Requests answered.", labels=labels)
        times = HistogramMetricFamily(
            "gateway_request_seconds", "Time from request to the end of its answer.", labels=labels
        )
        for (upstream, method, status), series in self._series.items():
            values = (upstream, method, str(status))
            requests.add_metric(values, sum(series.buckets))
            times.add_metric(values, cumulative(BUCKETS, series.buckets), series.seconds)
        return (requests, times, *self._connections(), *self._guards(), *self._kept())

    def _connections(self) -> Iterable[Metric]:
        labels = ("upstream", "replica")
        busy = GaugeMetricFamily("gateway_upstream_busy", "Requests under way.", labels=labels)
        idle = GaugeMetricFamily("gateway_upstream_idle", "Kept connections.", labels=labels)
        away = GaugeMetricFamily("gateway_upstream_away", "1 while it is left out.", labels=labels)
        for name, cluster in self._clusters.items():
            for replica in cluster.replicas:
                values = (name, f"{replica.host}:{replica.port}")
                busy.add_metric(values, replica.in_flight)
                idle.add_metric(values, replica.idle)
                away.add_metric(values, cluster.is_away(replica))
        return (busy, idle, away)

    def _guards(self) -> Iterable[Metric]:
        labels = ("upstream",)
        state = GaugeMetricFamily(
            "gateway_breaker_state", "0 closed, 1 half-open, 2 open.", labels=labels
        )
        opened = CounterMetricFamily("gateway_breaker_opened", "Times it opened.", labels=labels)
        retries = CounterMetricFamily(
            "gateway_retries", "Second tries sent.", labels=(*labels, "outcome")
        )
        for name, cluster in self._clusters.items():
            state.add_metric((name,), cluster.breaker.state)
            opened.add_metric((name,), cluster.breaker.opened)
            retries.add_metric((name, "sent"), cluster.budget.retried)
            retries.add_metric((name, "over_budget"), cluster.budget.refused)
        return (state, opened, retries)

    def _kept(self) -> Iterable[Metric]:
        store = self._cache.store
        reads = CounterMetricFamily("gateway_cache", "Reads by outcome.", labels=("outcome",))
        for outcome, count in self._cache.outcomes.items():
            reads.add_metric((outcome,), count)
        return (
            reads,
            GaugeMetricFamily("gateway_cache_bytes", "Bytes kept.", store.bytes),
            GaugeMetricFamily("gateway_cache_keys", "Addresses kept.", len(store)),
            CounterMetricFamily("gateway_cache_purges", "Times it was purged.", store.purges),
            GaugeMetricFamily("gateway_tokens_known", "Tokens remembered.", len(self._tokens)),
        )
