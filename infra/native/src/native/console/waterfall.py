"""A trace as rows, parents above their children: what the page and `./souk trace` both draw.

What came by Kafka shows how long it took until its message was sent, which is the time in the
outbox and what was done before it was written, and how long that was under way.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from native.console.spans import Span

_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A span in its place; times are milliseconds since the beginning of the trace.

    `sent` is when its message went to Kafka, and `written` when the work that wrote it ended;
    both None for what came by no message.
    """

    depth: int
    service: str
    name: str
    kind: str
    begins: float
    takes: float
    failed: bool
    topic: str | None
    written: float | None
    sent: float | None
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A whole trace; `began` is seconds since the epoch, `takes` milliseconds."""

    trace: str
    order: str
    began: float
    takes: float
    rows: tuple[Row, ...]


def draw(spans: Sequence[Span]) -> Waterfall:
    """The waterfall of a trace, which has at least one span.

    A span whose parent is not here stands on the left, as does one that names itself as parent.
    """
    known = {span.id: span for span in spans}
    below: dict[str, list[Span]] = defaultdict(list)
    for span in sorted(known.values(), key=lambda one: (one.start, one.end)):
        below[span.parent if span.parent in known and span.parent != span.id else ""].append(span)
    zero = min(span.start for span in spans)
    placed = tuple(_rows(below, known, zero))
    return Waterfall(
        trace=spans[0].trace,
        order=next((span.aggregate for span in spans if span.aggregate), ""),
        began=zero / 1e9,
        takes=(max(span.end for span in spans) - zero) / _MS,
        rows=placed,
    )


def _rows(below: dict[str, list[Span]], known: dict[str, Span], zero: int) -> Iterator[Row]:
    """Depth first; without recursion, and each span once whatever the ids say."""
    first = ""
    while below:
        waiting = [(0, span) for span in reversed(below.pop(first, []))]
        while waiting:
            depth, span = waiting.pop()
            yield _row(depth, span, known.get(span.parent), zero)
            waiting += [(depth + 1, child) for child in reversed(below.pop(span.id, []))]
        # What names each other as parent in a circle is not reached from the left.
        first = next(iter(below), "")


def _row(depth: int, span: Span, parent: Span | None, zero: int) -> Row:
    sent = span.sent if span.topic is not None else None
    written = None if sent is None or parent is None else min(parent.end, sent)
    return Row(
        depth=depth,
        service=span.service,
        name=span.name,
        kind=span.kind,
        begins=(span.start - zero) / _MS,
        takes=(span.end - span.start) / _MS,
        failed=span.failed,
        topic=span.topic,
        written=None if written is None else (written - zero) / _MS,
        # Kafka's clock ticks in milliseconds, ours in less.
        sent=None if sent is None else (min(sent, span.start) - zero) / _MS,
        attributes=span.attributes,
    )
