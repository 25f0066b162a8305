"""The newest spans, in an SQLite file of the home that does not grow beyond its limit.

The console's process writes it; `./souk trace` reads it beside, and also while the shop is down.
What is lost with the power is at most what was written last, and nobody's data.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from native.console.spans import Span

MOST_SPANS = 200_000  # some 80 MB
_TRIM_EVERY = 2_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS spans (
    number INTEGER PRIMARY KEY,
    trace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL,
    service TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    failed INTEGER NOT NULL, aggregate TEXT NOT NULL, attributes TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS spans_by_trace ON spans (trace);
CREATE INDEX IF NOT EXISTS spans_by_aggregate ON spans (aggregate) WHERE aggregate <> '';
CREATE INDEX IF NOT EXISTS placings ON spans (start)
    WHERE name = 'POST /v1/orders' AND service = 'orders' AND aggregate <> '';
"""
_INSERT = (
    "INSERT INTO spans (trace, id, parent, service, name, kind, start, end, failed, aggregate, "
    "attributes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS = "trace, id, parent, service, name, kind, start, end, failed, aggregate, attributes"
_TRACE = f"SELECT {_COLUMNS} FROM spans WHERE trace = ? ORDER BY start"  # noqa: S608
_TRACES_ABOUT = (
    "SELECT trace FROM spans WHERE aggregate = ? GROUP BY trace "
    "ORDER BY max(name = 'POST /v1/orders') DESC, min(start)"
)
_PLACED = """
SELECT aggregate, trace, start,
    (SELECT count(*) FROM spans AS s WHERE s.trace = p.trace),
    (SELECT max(end) FROM spans AS s WHERE s.trace = p.trace),
    (SELECT max(failed) FROM spans AS s WHERE s.trace = p.trace)
FROM spans AS p
WHERE name = 'POST /v1/orders' AND service = 'orders' AND aggregate <> ''
ORDER BY start DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order whose trace is kept; `milliseconds` until the last that was done for it so far."""

    order: str
    trace: str
    at: float
    spans: int
    milliseconds: float
    failed: bool


class SpanStore:
    """See the module. Its methods may be called from any thread."""

    def __init__(self, path: Path, most: int = MOST_SPANS, *, readonly: bool = False) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._untrimmed = 0
        where = f"file:{path}?mode=ro" if readonly else f"file:{path}"
        self._database = sqlite3.connect(where, uri=True, check_same_thread=False, timeout=5)
        if not readonly:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.execute("PRAGMA journal_size_limit = 4000000")
            self._database.executescript(_SCHEMA)

    def add(self, spans: Iterable[Span]) -> None:
        """Keep these, and forget the oldest beyond the limit."""
        rows = [_row(span) for span in spans]
        with self._lock, self._database as transaction:
            transaction.executemany(_INSERT, rows)
            self._untrimmed += len(rows)
            if self._untrimmed >= min(_TRIM_EVERY, self._most):
                self._untrimmed = 0
                newest = transaction.execute("SELECT max(number) FROM spans").fetchone()[0] or 0
                transaction.execute("DELETE FROM spans WHERE number <= ?", (newest - self._most,))

    def trace(self, trace: str) -> list[Span]:
        """The spans of a trace, in the order of their beginnings."""
        return [_span(row) for row in self._ask(_TRACE, trace)]

    def traces_about(self, aggregate: str) -> list[str]:
        """The traces with a span about an order or the like; that of its placing comes first."""
        return [row[0] for row in self._ask(_TRACES_ABOUT, aggregate)]

    def placed(self, limit: int = 20) -> list[Placed]:
        """The orders placed last."""
        return [
            Placed(order, trace, start / 1e9, spans, (until - start) / 1e6, bool(failed))
            for order, trace, start, spans, until, failed in self._ask(_PLACED, limit)
        ]

    def count(self) -> int:
        """How many spans are kept."""
        first, last = self._ask("SELECT min(number), max(number) FROM spans")[0]
        return 0 if last is None else int(last - first + 1)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _ask(self, question: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._database.execute(question, values).fetchall()


def _row(span: Span) -> tuple[Any, ...]:
    attributes = json.dumps(span.attributes, separators=(",", ":"))
    return (
        *(span.trace, span.id, span.parent, span.service, span.name, span.kind),
        *(span.start, span.end, span.failed, span.aggregate, attributes),
    )


def _span(row: Any) -> Span:
    failed, aggregate, attributes = row[8:]
    values = [*row[:8], bool(failed), aggregate, json.loads(attributes)]
    return Span(*values)
