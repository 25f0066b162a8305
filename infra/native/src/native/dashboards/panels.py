"""Which panels can be drawn: a type, a unit or a kind of store that is new here is an error.

`pictures.py` asks before it begins, and a test for every dashboard, so that none of them shows a
panel in Grafana that its picture leaves out. The page that draws knows the same types.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from native.errors import StackError
from native.place import CHECKOUT

FOLDER = CHECKOUT / "infra" / "observability" / "grafana" / "dashboards"
TYPES = frozenset({"timeseries", "stat", "bargauge", "table", "logs"})
UNITS = frozenset({"short", "reqps", "ops", "s", "bytes", "percentunit", "currencyGBP"})
STORES = frozenset({"prometheus", "loki"})
TRANSFORMATIONS = frozenset({"organize", "sortBy"})
OVERRIDES = frozenset({"custom.width"})
Json = Mapping[str, Any]


class CannotDraw(StackError):
    """A panel is not as the page knows panels; the text names it."""


def dashboards(folder: Path = FOLDER) -> dict[str, Json]:
    """Every dashboard by the name of its file. Raises CannotDraw where a panel is new here."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    for dashboard in found.values():
        check(dashboard)
    return found


def check(dashboard: Json) -> None:
    """Raises CannotDraw with every panel of a dashboard that cannot be drawn."""
    faults = [
        f"{dashboard['title']}: {panel['title']}: {fault}"
        for panel in dashboard["panels"]
        for fault in _faults(panel)
    ]
    if faults:
        raise CannotDraw("\n".join(faults))


def _faults(panel: Json) -> Iterator[str]:
    fields = panel["fieldConfig"]
    overridden = [one["id"] for of in fields.get("overrides", []) for one in of["properties"]]
    changed = [one["id"] for one in panel.get("transformations", [])]
    told = {
        "type": ([panel["type"]], TYPES),
        "unit": ([fields["defaults"]["unit"]], UNITS),
        "store": ([target["datasource"]["uid"] for target in panel["targets"]], STORES),
        "transformation": (changed, TRANSFORMATIONS),
        "override": (overridden, OVERRIDES),
    }
    for what, (named, known) in told.items():
        yield from (f"nobody here draws the {what} {name}" for name in named if name not in known)
    if not panel["targets"]:
        yield "it asks nothing"
