"""Begins and ends everything by which a process is watched: logs, traces, metrics and reports.

`application.py` begins the traces, which tests want as well, and `process.py` the rest. Where
neither an OTLP endpoint nor a DSN is set there are the log and `/metrics`, and nothing is imported.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from chassis import logs, otlp
from chassis.access_sampling import AccessSampling
from chassis.log_level import Level
from chassis.reports import configure_reports, flush_reports
from chassis.settings import ServiceSettings
from chassis.telemetry import configure_telemetry, flush_telemetry

if TYPE_CHECKING:
    from chassis.otlp_logs import LogShip
    from chassis.otlp_metrics import MetricsPush

_LAST_SECONDS = 1.0
_level = Level()
_ship: "LogShip | None" = None


def begin_traces(service: str, settings: ServiceSettings) -> None:
    """Spans from now on go to the collector, or nowhere."""
    endpoint = settings.collected("traces")
    configure_telemetry(
        service,
        otlp_endpoint=endpoint,
        resource=otlp.resource_of(service, settings) if endpoint else None,
        sample=settings.trace_sample,
    )


def begin(service: str, settings: ServiceSettings, sampling: AccessSampling) -> "list[MetricsPush]":
    """Sets up the process's logs and reports; returns the components that watching takes."""
    global _level, _ship
    _level = Level(settings.log_level, sampling)
    if endpoint := settings.collected("logs"):
        from chassis import otlp_logs

        exporter = otlp_logs.otlp_exporter(endpoint)
        _ship = otlp_logs.LogShip(exporter, otlp.resource_of(service, settings))
    also = _ship.take if _ship is not None else None
    logs.configure_logs(service, level=_level, form=settings.log_format, also=also)
    configure_reports(service, settings)
    return _metrics(service, settings)


def listen(settings: ServiceSettings) -> None:
    """Takes the signals that change the level of the log; called inside the event loop."""
    _level.listen(asyncio.get_running_loop(), settings.debug_seconds)


def access_sampling(settings: ServiceSettings) -> AccessSampling:
    """Which requests are told of in the log, as the settings have it."""
    return AccessSampling(settings.access_log_sample, settings.access_log_slow_ms / 1000)


def shipped_line() -> Callable[[bytes], None] | None:
    """What takes a line that was made by hand to the collector; None where it goes nowhere."""
    return _ship.take_line if _ship is not None else None


def end() -> None:
    """Sends what is still here; the last thing that a process does."""
    flush_telemetry()
    if _ship is not None:
        _ship.close(_LAST_SECONDS)
    flush_reports()


def _metrics(service: str, settings: ServiceSettings) -> "list[MetricsPush]":
    endpoint = settings.collected("metrics")
    if endpoint is None:
        return []
    from chassis import otlp_metrics

    exporter = otlp_metrics.otlp_exporter(endpoint)
    seconds = settings.otlp_metrics_seconds
    return [
        otlp_metrics.MetricsPush(exporter, otlp.resource_of(service, settings), seconds=seconds)
    ]
