"""Sends log lines to the collector, beside standard output, where an OTLP endpoint is set.

A line costs its maker one append: a thread takes what has come together each second and does the
rest. `logs.py` hands over what is redacted already, the gateway whole lines of its access log.
"""

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import TraceFlags

from chassis import otlp

SECONDS = 1.0
# Between two tries while the collector is away.
PAUSE_SECONDS = 5.0
# Kept while the collector is away; older lines are still on standard output.
MOST_WAITING = 10_000
_AT_ONCE = 1_000
_SCOPE = InstrumentationScope("souk")
_SEVERITIES = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}
# They have fields of their own in OTLP, or stand in the resource.
_APART = frozenset({"event", "level", "timestamp", "trace_id", "span_id", "service"})


class LogShip:
    """Takes lines from any thread; `close` sends what is left."""

    def __init__(self, exporter: LogRecordExporter, resource: Resource) -> None:
        self._exporter = exporter
        self._resource = resource
        self._waiting: deque[Mapping[str, Any] | bytes] = deque(maxlen=MOST_WAITING)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otlp-logs", daemon=True)
        self._thread.start()

    def take(self, event: Mapping[str, Any]) -> None:
        """Keeps a redacted event to be sent."""
        self._waiting.append(dict(event))

    def take_line(self, line: bytes) -> None:
        """Keeps a line that is JSON already."""
        self._waiting.append(line)

    def close(self, seconds: float) -> None:
        """Sends what is left, for so long at most."""
        self._closing.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        pause = SECONDS
        while not self._closing.wait(pause):
            pause = SECONDS if self._send() else PAUSE_SECONDS
        self._send()

    def _send(self) -> bool:
        """Sends all that waits; False when the collector does not take it, and it waits on."""
        while self._waiting:
            count = min(len(self._waiting), _AT_ONCE)
            lines = [self._waiting.popleft() for _ in range(count)]
            batch = [record_of(line, self._resource) for line in lines]
            reached = self._exporter.export(batch) is LogRecordExportResult.SUCCESS
            otlp.REACH.note("logs", reached)
            if not reached:
                if len(self._waiting) + count <= MOST_WAITING:
                    self._waiting.extendleft(reversed(lines))
                return False
        return True


def otlp_exporter(endpoint: str) -> LogRecordExporter:
    """Sends to an endpoint over OTLP/HTTP."""
    otlp.hush(OTLPLogExporter)
    return OTLPLogExporter(endpoint=otlp.address(endpoint, "logs"), timeout=otlp.TIMEOUT_SECONDS)


def record_of(line: Mapping[str, Any] | bytes, resource: Resource) -> ReadableLogRecord:
    """A log line as OTLP has it: the event is its body, and all else attributes."""
    event: Mapping[str, Any] = orjson.loads(line) if isinstance(line, bytes) else line
    level = str(event.get("level", "info"))
    record = LogRecord(
        timestamp=_nanoseconds(event.get("timestamp")),
        observed_timestamp=time.time_ns(),
        trace_id=int(event.get("trace_id", "0"), 16),
        span_id=int(event.get("span_id", "0"), 16),
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
        severity_text=level,
        severity_number=_SEVERITIES.get(level, SeverityNumber.INFO),
        body=str(event.get("event", "")),
        attributes={name: _plain(v) for name, v in event.items() if name not in _APART},
    )
    return ReadableLogRecord(record, resource, _SCOPE)


def _nanoseconds(written: object) -> int:
    if not isinstance(written, str):
        return time.time_ns()
    return int(datetime.fromisoformat(written).timestamp() * 1_000_000) * 1_000


def _plain(value: Any) -> str | int | float | bool | Sequence[str]:
    """OTLP knows these kinds; anything else goes as it is written in a line."""
    if isinstance(value, str | int | float | bool):
        return value
    return orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
