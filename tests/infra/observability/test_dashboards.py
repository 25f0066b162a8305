"""Dashboards that show something: made from their sources, of metrics and stores that exist."""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from native.place import CHECKOUT
from tests.infra.observability.exported import (
    HERE,
    OF_PROMETHEUS,
    engines,
    exported,
    made_in,
    named_in,
    recorded,
)

MADE = sorted((HERE / "grafana" / "dashboards").glob("*.json"))
WANTED = {"services", "edge", "messages", "saga", "business", "slos", "engines"}


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("dashboards", HERE / "dashboards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def queries(dashboard: dict[str, Any]) -> Iterator[str]:
    """The expressions for Prometheus."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            if target["datasource"]["uid"] == "prometheus":
                yield target["expr"]


def test_there_is_a_dashboard_of_everything() -> None:
    assert {path.stem for path in MADE} == WANTED


def test_nobody_has_edited_what_is_made() -> None:
    made = generator()
    for name, source in made.sources().items():
        assert (made.MADE / f"{name}.json").read_text() == made.text(source), name


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_every_metric_of_a_dashboard_is_one_that_somebody_exports(path: Path) -> None:
    known = exported() | engines().keys() | recorded() | OF_PROMETHEUS
    for query in queries(json.loads(path.read_text())):
        assert named_in(query), query
        assert named_in(query) <= known, query


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_a_dashboard_asks_stores_that_are_provisioned(path: Path) -> None:
    provisioned = HERE / "grafana" / "provisioning" / "datasources" / "souk.yaml"
    known = {
        (source["type"], source["uid"])
        for source in yaml.safe_load(provisioned.read_text())["datasources"]
    }
    dashboard = json.loads(path.read_text())
    variables = [item["datasource"] for item in dashboard["templating"]["list"]]
    panels = [panel["datasource"] for panel in dashboard["panels"]]
    for source in [*variables, *panels]:
        assert (source["type"], source["uid"]) in known


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_no_panel_lies_over_another(path: Path) -> None:
    seen: set[tuple[int, int]] = set()
    for panel in json.loads(path.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert not cells & seen, panel["title"]
        seen |= cells
    assert max(column for column, _ in seen) < 24


def test_every_metric_of_the_shop_is_shown_somewhere() -> None:
    shown = {
        name
        for path in MADE
        for query in queries(json.loads(path.read_text()))
        for name in named_in(query)
    }
    left = {name for name in exported() if not name.endswith(("_sum", "_count"))} - shown
    # When it began is for an alert alone.
    assert left == {"process_start_time_seconds"}


def test_every_metric_of_the_shop_is_on_the_page_and_no_other() -> None:
    page = (CHECKOUT / "docs" / "observability.md").read_text()
    table = page.partition("## Metrics")[2].partition("##")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == {re.sub("_(bucket|count|sum)$", "", name) for name in exported()}


def test_the_reader_of_sources_knows_every_way_a_metric_is_made() -> None:
    source = """
Counter("a_total", "…", ("x",)); tally("b", "…"); Gauge("c", "…"); Histogram("d", "…")
CounterMetricFamily("e", "…"); unrelated("f"); Counter(name, "…")
"""
    wanted = {"a_total", "b_total", "c", "d_bucket", "d_count", "d_sum", "e_total"}
    assert set(made_in(source)) == wanted


def test_the_reader_of_queries_finds_names_and_nothing_else() -> None:
    query = """
      sum by (service_name, le) (rate(a_total{status=~"5..",other="b_total"}[5m] offset 10m))
        / on (group) group_left (kind) max(souk:c:share_1h) > 14.4 * 0.001
        unless vector(0) or $d + 3
    """
    assert named_in(query) == {"a_total", "souk:c:share_1h"}


def test_a_metric_that_nobody_exports_is_noticed() -> None:
    assert not named_in("sum(rate(orders_imagined_total[5m]))") <= exported()
