"""Reads what a process answers at `/metrics`: Prometheus' text format 0.0.4.

A line is looked at only when its metric is wanted, since a process has hundreds that are not. The
console's `watch.py` calls it, and `shop/settling.py`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LINE = re.compile(r"(\w+)(?:\{(.*)\})? ([^ ]+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a metric."""

    metric: str
    labels: Mapping[str, str]
    value: float


def read(text: str, wanted: frozenset[str]) -> Iterator[Sample]:
    """The values of the wanted metrics; what cannot be read is left out."""
    for line in text.splitlines():
        name = line.partition(" ")[0].partition("{")[0]
        if name not in wanted or (found := _LINE.fullmatch(line)) is None:
            continue
        try:
            yield Sample(name, dict(_LABEL.findall(found[2] or "")), float(found[3]))
        except ValueError:
            continue
