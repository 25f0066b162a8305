"""The warnings and errors that processes wrote last, read from the growing ends of their logs.

`watch.py` asks at each look. Logs of services are JSON; of the servers' logs a line counts that
says ERROR, FATAL or PANIC. Words that are nobody's business are taken out before they are shown.
"""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chassis.redaction import redact_text

MOST = 50
_FIRST_BYTES = 256 * 1024
_LONGEST = 300
_LEVELS = frozenset({"warning", "error", "critical"})
_OF_SERVERS = re.compile(r"\b(ERROR|FATAL|PANIC)\b")
_BESIDE = frozenset({"event", "level", "timestamp", "service", "module", "exception", "logger"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line; `at` is its own timestamp, empty where it has none."""

    process: str
    level: str
    at: str
    event: str
    detail: str
    trace: str


@dataclass
class LogTail:
    """The logs of one folder; `recent` has the newest last."""

    folder: Path
    recent: deque[Trouble] = field(default_factory=lambda: deque(maxlen=MOST))
    _places: dict[Path, int] = field(default_factory=dict)

    def look(self) -> None:
        """Take in what was written since the last look."""
        found = [t for path in sorted(self.folder.glob("*.log")) for t in self._new(path)]
        self.recent.extend(sorted(found, key=lambda trouble: trouble.at))

    def _new(self, path: Path) -> Iterator[Trouble]:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            place = self._places.get(path, max(0, size - _FIRST_BYTES))
            # The supervisor began a new file.
            file.seek(place if place <= size else 0)
            whole, _newline, _rest = file.read().rpartition(b"\n")
            self._places[path] = file.tell() - len(_rest)
        for line in whole.decode(errors="replace").splitlines():
            if (trouble := trouble_of(path.stem, line)) is not None:
                yield trouble


def trouble_of(process: str, line: str) -> Trouble | None:
    """What a line tells, when it tells of trouble."""
    if not line.startswith("{"):
        if _OF_SERVERS.search(line) is None:
            return None
        return Trouble(process, "error", "", redact_text(line[:_LONGEST]), "", "")
    try:
        said: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    if said.get("level") not in _LEVELS:
        return None
    return Trouble(
        process=process,
        level=str(said["level"]),
        at=str(said.get("timestamp", "")),
        event=str(said.get("event", "")),
        detail=_detail(said),
        trace=str(said.get("trace_id", "")),
    )


def _detail(said: dict[str, Any]) -> str:
    """The last line of an exception, or the other fields."""
    if exception := str(said.get("exception", "")).strip():
        return redact_text(exception.splitlines()[-1][:_LONGEST])
    others = {k: v for k, v in said.items() if k not in _BESIDE and not k.endswith("_id")}
    return redact_text(" ".join(f"{k}={v}" for k, v in others.items())[:_LONGEST])
