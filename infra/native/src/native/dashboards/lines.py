"""The lines that the collector has for Loki, and which of them a panel of logs asks for.

`pictures.py` keeps them in Loki's place, which is not there; a panel's LogQL is understood as far
as it names services and levels, and anything more is an error that names the panel.
"""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from native.dashboards.panels import CannotDraw, Json

MOST_LINES, SHOWN = 50_000, 40
_ASKED = re.compile(r'\{service_name=~"([^"]*)"\} \| severity_text=~"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a service's log."""

    nanoseconds: int
    service: str
    level: str
    text: str

    def __str__(self) -> str:
        at = datetime.fromtimestamp(self.nanoseconds / 1e9, UTC)
        return f"{at:%Y-%m-%d %H:%M:%S}  {self.level:8}{self.service:14}{self.text}"


class Lines:
    """The newest of them."""

    def __init__(self) -> None:
        self._kept: deque[Line] = deque(maxlen=MOST_LINES)

    def take(self, path: str, body: bytes) -> None:
        """Keeps what is sent to Loki; what is sent elsewhere is dropped."""
        if path != "/loki/otlp/v1/logs":
            return
        for sender in ExportLogsServiceRequest.FromString(body).resource_logs:
            [service] = [
                item.value.string_value
                for item in sender.resource.attributes
                if item.key == "service.name"
            ]
            self._kept.extend(
                Line(one.time_unix_nano, service, one.severity_text, one.body.string_value)
                for scope in sender.scope_logs
                for one in scope.log_records
            )

    def answers(self, dashboard: Json, chosen: Mapping[str, str]) -> dict[str, list[str]]:
        """The newest lines that each panel of logs asks for, newest first, by the panel's id."""
        return {
            str(panel["id"]): self._answer(f"{dashboard['title']}: {panel['title']}", panel, chosen)
            for panel in dashboard["panels"]
            if panel["type"] == "logs"
        }

    def _answer(self, where: str, panel: Json, chosen: Mapping[str, str]) -> list[str]:
        [expression] = [target["expr"] for target in panel["targets"]]
        for name, value in chosen.items():
            expression = expression.replace(f"${name}", value)
        asked = _ASKED.fullmatch(expression)
        if asked is None:
            raise CannotDraw(f"{where}: nobody here understands {expression}")
        services, levels = (re.compile(pattern) for pattern in asked.groups())
        found = [
            line
            for line in self._kept
            if services.fullmatch(line.service) and levels.fullmatch(line.level)
        ]
        newest = sorted(found, key=lambda line: line.nanoseconds, reverse=True)
        return [str(line) for line in newest[:SHOWN]]
