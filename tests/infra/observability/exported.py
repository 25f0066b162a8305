"""Which metrics the code exports, and which a query names: what the tests here compare.

The first are read from the sources, where each metric is made with its name written out; the second
from PromQL, by leaving out all that is no name of a metric.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from native.place import CHECKOUT

HERE = CHECKOUT / "infra" / "observability"
SOURCES = ("libs/*/src", "services/*/src", "gateway/src")
# How a metric is made, and what Prometheus calls its series.
_COUNTERS = frozenset({"Counter", "tally", "CounterMetricFamily"})
_GAUGES = frozenset({"Gauge", "GaugeMetricFamily"})
_HISTOGRAMS = frozenset({"Histogram", "HistogramMetricFamily"})
# What prometheus-client says of each process, and Prometheus of its own alerts.
OF_EVERY_PROCESS = frozenset(
    {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds"}
)
OF_PROMETHEUS = frozenset({"ALERTS"})
_WORDS = frozenset({"and", "or", "unless", "offset", "bool"})


def exported(root: Path = CHECKOUT) -> set[str]:
    """The series that the shop's own processes export."""
    names = set(OF_EVERY_PROCESS)
    for pattern in SOURCES:
        for folder in root.glob(pattern):
            for path in folder.rglob("*.py"):
                names.update(made_in(path.read_text()))
    return names


def made_in(source: str) -> Iterator[str]:
    """The series of the metrics that a module makes."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        first = node.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            continue
        yield from _series(node.func.id, first.value)


def _series(maker: str, name: str) -> Iterator[str]:
    if maker in _COUNTERS:
        yield name.removesuffix("_total") + "_total"
    elif maker in _GAUGES:
        yield name
    elif maker in _HISTOGRAMS:
        yield from (name + "_bucket", name + "_count", name + "_sum")


def engines() -> dict[str, dict[str, str]]:
    """What the collector's receivers export, by Prometheus' name."""
    found: dict[str, dict[str, str]] = yaml.safe_load((HERE / "engine_metrics.yaml").read_text())
    return found


def rules() -> list[dict[str, Any]]:
    """Every rule of every file."""
    return [
        rule
        for path in sorted((HERE / "rules").glob("*.yaml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def alerts() -> list[dict[str, Any]]:
    """The rules that are alerts."""
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> set[str]:
    """The series that rules record."""
    return {rule["record"] for rule in rules() if "record" in rule}


def named_in(query: str) -> set[str]:
    """The series that a PromQL expression names."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', "", query)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", text)
    text = re.sub(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    text = re.sub(r"\boffset\s+\w+|\b\d[\w.]*|\$\w+", " ", text)
    found = re.findall(r"[A-Za-z_:][\w:]*(?!\s*\(|[\w:])", text)
    return set(found) - _WORDS
