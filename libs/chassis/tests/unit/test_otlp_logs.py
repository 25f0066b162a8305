"""A log line reaches the collector as it was written, and waits while that is away."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource

from chassis import otlp_logs
from chassis.otlp_logs import LogShip, record_of

LINE = {
    "event": "mail_sent",
    "level": "warning",
    "timestamp": "2026-03-04T05:06:07.000008Z",
    "service": "notifications",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "span_id": "00f067aa0ba902b7",
    "request_id": "r-1",
    "tries": 2,
    "to": {"a": [1]},
}


class Kept(LogRecordExporter):
    """A collector that is away as often as it is told to be."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.bodies: list[Any] = []

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        if self.away:
            self.away -= 1
            return LogRecordExportResult.FAILURE
        self.bodies += [record.log_record.body for record in batch]
        return LogRecordExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing to end."""

    def force_flush(self, timeout_millis: int = 0) -> bool:
        return True


@pytest.mark.parametrize("form", [dict, orjson.dumps])
def test_a_line_is_a_record_of_its_trace(form: Callable[[Any], Any]) -> None:
    record = record_of(form(LINE), Resource({"service.name": "notifications"})).log_record
    assert record.body == "mail_sent"
    assert record.trace_id == 0x4BF92F3577B34DA6A3CE929D0E0E4736
    assert record.span_id == 0xF067AA0BA902B7
    assert record.severity_text == "warning"
    assert record.timestamp == 1_772_600_767_000_008_000
    assert record.attributes == {"request_id": "r-1", "tries": 2, "to": '{"a":[1]}'}


def test_what_is_left_goes_out_at_the_end() -> None:
    kept = Kept()
    ship = LogShip(kept, Resource({}))
    for number in range(3):
        ship.take({"event": f"line {number}"})
    ship.take_line(b'{"event":"request","status":200}')
    ship.close(3)
    assert kept.bodies == ["line 0", "line 1", "line 2", "request"]


def test_lines_wait_in_order_while_the_collector_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp_logs, "SECONDS", 0.01)
    monkeypatch.setattr(otlp_logs, "PAUSE_SECONDS", 0.01)
    kept = Kept(away=3)
    ship = LogShip(kept, Resource({}))
    for number in range(5):
        ship.take({"event": str(number)})
    until = time.monotonic() + 3
    while len(kept.bodies) < 5 and time.monotonic() < until:
        time.sleep(0.01)
    ship.close(1)
    assert kept.bodies == ["0", "1", "2", "3", "4"]


def test_a_collector_that_stays_away_costs_a_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(otlp_logs, "MOST_WAITING", 10)
    ship = LogShip(Kept(away=10**9), Resource({}))
    for number in range(1000):
        ship.take({"event": str(number)})
    assert len(ship._waiting) <= 10
    ship.close(1)
