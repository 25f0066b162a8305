"""Sends what stands in Prometheus' registry to the collector, every few seconds.

A component of the process where an OTLP endpoint is set, and absent where none is: counting costs
the same with and without. `infra/observability` holds what looks at the figures.
"""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Sample

from chassis import otlp
from chassis.infrastructure import is_infrastructure
from chassis.metrics import not_refreshed, refresh_all

_SCOPE = InstrumentationScope("souk")
_CUMULATIVE = AggregationTemporality.CUMULATIVE
_REFRESH_SECONDS = 3.0
_LAST_SECONDS = 1.0
Labels = tuple[tuple[str, str], ...]


class MetricsPush:
    """A component of the process; `seconds` lie between two pushes."""

    name = "metrics-push"

    def __init__(
        self,
        exporter: MetricExporter,
        resource: Resource,
        *,
        seconds: float,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._resource = resource
        self._seconds = seconds
        self._registry = registry
        self._began = time.time_ns()
        self._stopped = asyncio.Event()
        self._sender = otlp.Sender[MetricsData](
            "metrics", lambda data: exporter.export(data) is MetricExportResult.SUCCESS
        )

    async def run(self) -> None:
        """Pushes until stopped, and once more then."""
        while not self._stopped.is_set():
            try:
                async with asyncio.timeout(self._seconds):
                    await self._stopped.wait()
            except TimeoutError:
                await _refresh()
            self._sender.put(self._taken())
        await asyncio.to_thread(self._sender.flush, _LAST_SECONDS)

    async def stop(self) -> None:
        """Asks for the end."""
        self._stopped.set()

    def _taken(self) -> MetricsData:
        """The figures as they stand, read in the thread that counts them."""
        metrics = list(converted(self._registry.collect(), self._began, time.time_ns()))
        scope = ScopeMetrics(_SCOPE, metrics, "")
        return MetricsData([ResourceMetrics(self._resource, [scope], "")])


def otlp_exporter(endpoint: str) -> MetricExporter:
    """Sends to an endpoint over OTLP/HTTP."""
    otlp.hush(OTLPMetricExporter)
    return OTLPMetricExporter(
        endpoint=otlp.address(endpoint, "metrics"), timeout=otlp.TIMEOUT_SECONDS
    )


async def _refresh() -> None:
    """Unlike a scrape, a push cannot fail visibly, so a metric says that others are stale."""
    [error] = await asyncio.gather(_refresh_in_time(), return_exceptions=True)
    if error is not None and not is_infrastructure(error):
        raise error
    not_refreshed.set(error is not None)


async def _refresh_in_time() -> None:
    async with asyncio.timeout(_REFRESH_SECONDS):
        await refresh_all()


def converted(families: Iterable[Family], began: int, now: int) -> Iterable[Metric]:
    """Yields each family that has figures as OTLP has it; times are Unix nanoseconds.

    One without any would be of no kind over OTLP, and Prometheus refuses a whole push for it.
    """
    for family in families:
        if not family.samples:
            continue
        match family.type:
            case "counter":
                points = _numbers(family.samples, began, now)
                yield _metric(family, Sum(points, _CUMULATIVE, is_monotonic=True))
            case "histogram":
                histogram = Histogram(_histograms(family.samples, began, now), _CUMULATIVE)
                yield _metric(family, histogram)
            case _:
                yield _metric(family, Gauge(_numbers(family.samples, began, now)))


def _metric(family: Family, data: Sum | Gauge | Histogram) -> Metric:
    return Metric(family.name, family.documentation, family.unit, data)


def _numbers(samples: Iterable[Sample], began: int, now: int) -> Sequence[NumberDataPoint]:
    return [
        NumberDataPoint(sample.labels, began, now, float(sample.value))
        for sample in samples
        if not sample.name.endswith("_created")
    ]


def _histograms(samples: Iterable[Sample], began: int, now: int) -> Sequence[HistogramDataPoint]:
    bounds: dict[Labels, list[tuple[float, float]]] = defaultdict(list)
    sums: dict[Labels, float] = defaultdict(float)
    for sample in samples:
        if sample.name.endswith("_bucket"):
            bounds[_labels(sample.labels)].append((float(sample.labels["le"]), sample.value))
        elif sample.name.endswith("_sum"):
            sums[_labels(sample.labels)] = sample.value
    return [
        _histogram(dict(labels), sorted(running), sums[labels], began, now)
        for labels, running in bounds.items()
    ]


def _histogram(
    labels: Mapping[str, str],
    running: Sequence[tuple[float, float]],
    total: float,
    began: int,
    now: int,
) -> HistogramDataPoint:
    """Prometheus' buckets are running sums; OTLP's count for themselves."""
    counts = [int(count) for _, count in running]
    return HistogramDataPoint(
        attributes=dict(labels),
        start_time_unix_nano=began,
        time_unix_nano=now,
        count=counts[-1],
        sum=total,
        bucket_counts=[b - a for a, b in zip([0, *counts], counts, strict=False)],
        explicit_bounds=[bound for bound, _ in running if not math.isinf(bound)],
        # What no Prometheus histogram knows; the encoder leaves infinities out.
        min=math.inf,
        max=-math.inf,
    )


def _labels(labels: Mapping[str, str]) -> Labels:
    return tuple((name, value) for name, value in labels.items() if name != "le")
