"""Prometheus metrics that every service has, served at `/metrics`.

The HTTP edge counts requests; the relay and the consumer, which import the objects below, say
how much waits and how much was done. A service adds its own with prometheus-client.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.responses import Response

# Seconds. Dense where an answer is meant to be, sparse where it is merely late.
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

requests_total = Counter("http_requests_total", "Requests answered.", ("method", "route", "status"))
request_seconds = Histogram(
    "http_request_seconds", "Time from request to answer.", ("method", "route"), buckets=_BUCKETS
)
outbox_waiting = Gauge("outbox_waiting", "Events written and not yet published.")
consumer_lag = Gauge(
    "consumer_lag", "Messages of a partition not yet handled.", ("group", "topic", "partition")
)
events_consumed = Counter("events_consumed_total", "Messages handled.", ("group",))
dead_letters = Counter("dead_letters_total", "Messages given up.", ("group", "topic"))

# What can only be known by looking; each refreshes its gauges when somebody asks.
_refreshers: list[Callable[[], Awaitable[None]]] = []

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Counts one request under its route template, so that ids make no new series."""
    key = (method if method in _METHODS else "other", route, status)
    if (series := _series.get(key)) is None:
        counter = requests_total.labels(key[0], route, str(status))
        series = _series[key] = (counter, request_seconds.labels(key[0], route))
    series[0].inc()
    series[1].observe(seconds)


@contextmanager
def refreshed_on_scrape(refresh: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """While inside, calls `refresh` before each answer of `/metrics`, for gauges costly to keep."""
    _refreshers.append(refresh)
    try:
        yield
    finally:
        _refreshers.remove(refresh)


async def expose() -> Response:
    """Answers in Prometheus' text format.

    503 when a gauge cannot be refreshed: a scrape that fails is seen, a stale figure is not.
    """
    for refresh in _refreshers:
        await refresh()
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
