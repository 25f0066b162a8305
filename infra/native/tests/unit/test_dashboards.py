"""What can be drawn of a dashboard, how variables are filled in, and which lines a panel gets."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from native.dashboards.asking import Prometheus, Span, silent
from native.dashboards.drawing import PINNED
from native.dashboards.lines import Lines
from native.dashboards.panels import TYPES, CannotDraw, check, dashboards

LOG = '{service_name=~"$service"} | severity_text=~"warning|error"'
PANEL: dict[str, Any] = {
    "id": 7,
    "title": "Orders",
    "type": "stat",
    "fieldConfig": {"defaults": {"unit": "short"}},
    "targets": [
        {"datasource": {"uid": "prometheus"}, "expr": "up", "instant": True, "legendFormat": "x"}
    ],
}


def board(panel: Mapping[str, Any] = PANEL) -> dict[str, Any]:
    return {"title": "Shop", "templating": {"list": []}, "panels": [dict(panel)]}


def test_every_panel_of_every_dashboard_can_be_drawn() -> None:
    found = dashboards()
    assert len(found) == 7
    assert all(dashboard["panels"] for dashboard in found.values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "gauge"}, "the type gauge"),
        ({"fieldConfig": {"defaults": {"unit": "furlong"}}}, "the unit furlong"),
        ({"targets": [{"datasource": {"uid": "tempo"}}]}, "the store tempo"),
        ({"transformations": [{"id": "joinByField"}]}, "the transformation joinByField"),
        ({"targets": []}, "asks nothing"),
        (
            {
                "fieldConfig": {
                    "defaults": {"unit": "s"},
                    "overrides": [{"properties": [{"id": "custom.hideFrom"}]}],
                }
            },
            "the override custom.hideFrom",
        ),
    ],
)
def test_a_panel_that_is_new_here_is_named(change: dict[str, Any], said: str) -> None:
    check(board())
    with pytest.raises(CannotDraw, match=f"Shop: Orders: .*{said}"):
        check(board(PANEL | change))


def test_the_page_draws_the_types_that_are_let_through() -> None:
    page = (PINNED / "page.jsx").read_text()
    [kinds] = re.findall(r"const KINDS = \{(.*)\};", page)
    assert set(re.findall(r"(\w+):", kinds)) == TYPES


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((PINNED / "package-lock.json").read_text())
    packages = [found for name, found in lock["packages"].items() if name]
    assert len(packages) > 100
    assert all("integrity" in found and "resolved" not in found for found in packages)


def test_variables_are_filled_in_as_grafana_does() -> None:
    span = Span(1_000, 1_600)
    asked = 'rate(a{s=~"$service"}[$__rate_interval]) + increase(b[$__range])'
    filled = span.filled(asked, {"service": "orders|auth"})
    assert filled == 'rate(a{s=~"orders|auth"}[60s]) + increase(b[600s])'


@pytest.mark.parametrize(("seconds", "step"), [(60, 15), (9_000, 15), (86_400, 144)])
def test_points_are_no_closer_than_samples_and_no_more_than_fit(seconds: int, step: int) -> None:
    assert Span(0, seconds).step == step


def prometheus(answer: Mapping[str, Any]) -> Prometheus:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=dict(answer)))
    return Prometheus(httpx.Client(transport=transport, base_url="http://prometheus"))


def test_what_prometheus_answers_goes_to_its_panel() -> None:
    series = [{"metric": {}, "value": [1, "2"]}]
    asked = prometheus({"status": "success", "data": {"result": series}})
    found = asked.answers(board(), Span(0, 60), {})
    assert found == {"7": [{"target": PANEL["targets"][0], "result": series}]}


def test_a_panel_that_nothing_answers_is_named() -> None:
    answered: dict[str, Any] = {"7": [{"result": [1]}]}
    unanswered: dict[str, Any] = {"7": [{"result": []}, {"result": []}]}
    assert silent(board(), unanswered, {}) == ["Shop: Orders"]
    assert silent(board(), answered, {}) == []
    assert silent(board(), unanswered, {"7": ["a line"]}) == []


def test_a_query_that_prometheus_refuses_is_named_by_its_panel() -> None:
    asked = prometheus({"status": "error", "error": "parse error"})
    with pytest.raises(CannotDraw, match="Shop: Orders: Prometheus refuses: parse error"):
        asked.answers(board(), Span(0, 60), {})


def test_a_variable_that_is_no_list_of_labels_is_named() -> None:
    odd = board() | {"templating": {"list": [{"name": "x", "query": {"query": "metrics(up)"}}]}}
    with pytest.raises(CannotDraw, match=r"Shop: the variable x: .*metrics"):
        prometheus({"status": "success", "data": []}).chosen(odd)


def logs(*told: tuple[str, str, str]) -> bytes:
    request = ExportLogsServiceRequest()
    for number, (service, level, text) in enumerate(told):
        sender = request.resource_logs.add()
        sender.resource.attributes.add(key="service.name").value.string_value = service
        line = sender.scope_logs.add().log_records.add(time_unix_nano=number, severity_text=level)
        line.body.string_value = text
    return bytes(request.SerializeToString())


def log_board(expression: str) -> dict[str, Any]:
    panel = deepcopy(PANEL) | {"type": "logs"}
    panel["targets"][0]["expr"] = expression
    return board(panel)


def test_a_panel_of_logs_has_the_newest_of_the_lines_that_it_asks_for() -> None:
    kept = Lines()
    told = [("orders", "error", "one"), ("orders", "info", "two"), ("auth", "warning", "three")]
    kept.take("/loki/otlp/v1/logs", logs(*told, ("gateway", "error", "four")))
    kept.take("/jaeger/v1/traces", b"no log at all")
    [found] = kept.answers(log_board(LOG), {"service": "orders|auth"}).values()
    assert [line.split()[2:] for line in found] == [
        ["warning", "auth", "three"],
        ["error", "orders", "one"],
    ]


def test_a_log_query_that_is_not_understood_is_named_by_its_panel() -> None:
    with pytest.raises(CannotDraw, match=r"Shop: Orders: .*understands.*json"):
        Lines().answers(log_board('{service_name=~"a"} | json'), {})
