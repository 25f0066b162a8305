"""Makes Grafana's dashboards from `dashboards/*.yaml`, which say what is shown and not how.

Run it after a change: `.souk/venv/bin/python infra/observability/dashboards.py`. A test compares
what it makes with what is in `grafana/dashboards/`, so that nobody edits those by hand.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
MADE = HERE / "grafana" / "dashboards"
# How each kind is drawn, and how many of the 24 columns and how many rows it takes.
KINDS: Mapping[str, tuple[str, int, int]] = {
    "lines": ("timeseries", 12, 8),
    "bars": ("bargauge", 12, 8),
    "stat": ("stat", 6, 4),
    "table": ("table", 12, 10),
    "logs": ("logs", 24, 10),
}
COLUMNS = 24
# Grafana's defaults colour every figure over 80 red, show one series of a table at a time, and let
# an axis begin anywhere; so each kind says how it looks.
OPTIONS: Mapping[str, dict[str, Any]] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "colorMode": "value",
        "graphMode": "none",
        "textMode": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"]},
    },
    "bargauge": {
        "orientation": "horizontal",
        "displayMode": "basic",
        "namePlacement": "top",
        "reduceOptions": {"calcs": ["lastNotNull"]},
    },
    "table": {"cellHeight": "sm"},
    "logs": {"showTime": True, "sortOrder": "Descending"},
}
COLUMN_PIXELS = {"method": 80, "service_name": 120, "severity": 80, "Value": 110}
# An axis reaches at least so far, or one without anything but zeros would go to 100, or 10,000 %.
LEAST = {"percentunit": 0.1, "short": 1, "reqps": 0.1, "ops": 0.1}
LINES = {"drawStyle": "line", "lineWidth": 1, "showPoints": "never"}


def sources() -> dict[str, dict[str, Any]]:
    """What each file of `dashboards/` says, by the name of the file."""
    return {
        path.stem: yaml.safe_load(path.read_text())
        for path in sorted((HERE / "dashboards").glob("*.yaml"))
    }


def dashboard(source: Mapping[str, Any]) -> dict[str, Any]:
    """One dashboard as Grafana reads it."""
    return {
        "uid": source["uid"],
        "title": source["title"],
        "tags": ["souk"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": list(_variables(source))},
        "panels": list(_panels(source["panels"])),
    }


def text(source: Mapping[str, Any]) -> str:
    """The file of one dashboard."""
    return json.dumps(dashboard(source), indent=2, ensure_ascii=False) + "\n"


def _variables(source: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    chosen = source.get("variable")
    if chosen is not None:
        query = f"label_values({chosen['metric']}, {chosen['label']})"
        yield {
            "name": chosen["name"],
            "type": "query",
            "datasource": _datasource("prometheus"),
            "query": {"query": query, "refId": "variable"},
            "includeAll": True,
            "multi": True,
            "current": {"text": "All", "value": "$__all"},
            "refresh": 2,
        }


def _panels(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lays the panels in rows from left to right, each row as high as its highest."""
    column = row = height = 0
    for number, panel in enumerate(panels, 1):
        drawn, wide, high = KINDS[panel.get("kind", "lines")]
        wide = panel.get("wide", wide)
        if column + wide > COLUMNS:
            column, row, height = 0, row + height, 0
        yield _panel(number, panel, drawn) | {
            "gridPos": {"x": column, "y": row, "w": wide, "h": high}
        }
        column, height = column + wide, max(height, high)


def _panel(number: int, panel: Mapping[str, Any], drawn: str) -> dict[str, Any]:
    source = _datasource(panel.get("datasource", "prometheus"))
    instant = drawn in {"bargauge", "stat", "table"}
    targets = [
        {
            "refId": chr(ord("A") + position),
            "datasource": source,
            "expr": expression,
            "legendFormat": legend,
            "instant": instant,
            "range": not instant,
            "format": "table" if drawn == "table" else "time_series",
        }
        for position, (legend, expression) in enumerate(panel["queries"].items())
    ]
    return {
        "id": number,
        "type": drawn,
        "title": panel["title"],
        "datasource": source,
        "targets": targets,
        "options": OPTIONS[drawn],
        "fieldConfig": {"defaults": _field(panel, drawn), "overrides": list(_widths(drawn))},
        "transformations": list(_transformations(drawn)),
    }


def _field(panel: Mapping[str, Any], drawn: str) -> dict[str, Any]:
    """Unit and colours; `bad_from` is where a figure turns from green to red."""
    field: dict[str, Any] = {"unit": panel.get("unit", "short"), "min": 0}
    if drawn == "timeseries":
        least = {"axisSoftMax": LEAST[field["unit"]]} if field["unit"] in LEAST else {}
        return field | {"color": {"mode": "palette-classic"}, "custom": LINES | least}
    if "bad_from" not in panel:
        return field | {"color": {"mode": "fixed", "fixedColor": "blue"}}
    steps = [{"color": "green", "value": None}, {"color": "red", "value": panel["bad_from"]}]
    thresholds = {"mode": "absolute", "steps": steps}
    return field | {"color": {"mode": "thresholds"}, "thresholds": thresholds}


def _widths(drawn: str) -> Iterator[dict[str, Any]]:
    """Narrow columns are as wide as what they hold; the others share what is left."""
    for name, pixels in COLUMN_PIXELS.items() if drawn == "table" else ():
        width = {"id": "custom.width", "value": pixels}
        yield {"matcher": {"id": "byName", "options": name}, "properties": [width]}


def _transformations(drawn: str) -> Iterator[dict[str, Any]]:
    """A table has a row for each series, the highest first, and a column for each label."""
    if drawn == "table":
        yield {"id": "sortBy", "options": {"sort": [{"field": "Value", "desc": True}]}}
        yield {"id": "organize", "options": {"excludeByName": {"Time": True}}}


def _datasource(uid: str) -> dict[str, str]:
    return {"type": uid, "uid": uid}


def main() -> None:
    """Write every dashboard."""
    for name, source in sources().items():
        (MADE / f"{name}.json").write_text(text(source))


if __name__ == "__main__":
    main()
