"""A purchase in the real shop is seen: by way of the real collector in a real Prometheus.

Every panel of every dashboard and every rule is asked there, as Grafana would. Jaeger and Loki are
a listener that keeps what they would get; their own pages nobody draws here.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, NumberDataPoint

from tests.e2e.shop import SKU, Shop
from tests.infra.observability.exported import HERE, engines, exported, named_in
from tests.infra.observability.watching import Backends, backends

SERVICES = {"gateway", "auth", "catalog", "inventory", "orders", "payments", "notifications"}
ORDERS = 3
# Processes push every ten seconds, and a rate wants two pushes; the first may go to nobody yet.
PATIENCE = 300
# What a shop in which all is well, and whose engines nobody asks, has none of.
SILENT_WHEN_WELL = {"orders_rejected_total", "dead_letters_total", "ALERTS", *engines()}
# Grafana's own variables, as a panel over the last minutes has them.
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$service": ".*"}


@pytest.fixture(scope="module")
async def seen(
    stack: Any, prometheus: Path, collector: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Backends]:
    """The backends, after a few purchases have come to them."""
    endpoint = urlsplit(stack.watchers["OTEL_EXPORTER_OTLP_ENDPOINT"]).netloc
    scratch = tmp_path_factory.mktemp("watching")
    with backends(prometheus, collector, endpoint, scratch) as made:
        await until(lambda: len(services_in(made)) == len(SERVICES))
        async with httpx.AsyncClient(base_url=stack.gateway_url) as client:
            shop = Shop(client, stack.mailbox_url)
            for _ in range(2):
                await shop.call("GET", "/v1/products")
            buyer = await shop.sign_in("customer@souk.example")
            before = confirmed(made)
            for _ in range(ORDERS):
                assert (await buyer.order({SKU: 1})).status_code == 201
            await until(lambda: confirmed(made) >= before + ORDERS)
        # A counter that began with these orders has a rate from its second push on.
        rate = 'rate(orders_settled_total{status="confirmed"}[1m])'
        rules = ("souk:failed_requests:share_3d", "souk:late_orders:share_3d")
        await until(lambda: all(made.query(each) for each in (rate, *rules)))
        yield made


async def until(holds: Any) -> None:
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        if holds():
            return
        await asyncio.sleep(1)
    raise AssertionError("it did not come")


def services_in(seen: Backends) -> set[str]:
    found = seen.query("count by (service_name) (process_start_time_seconds)")
    return {series["metric"]["service_name"] for series in found} & SERVICES


def confirmed(seen: Backends) -> float:
    found = seen.query('sum(orders_settled_total{status="confirmed"})')
    return float(found[0]["value"][1]) if found else 0.0


def panels() -> list[tuple[str, str]]:
    """The title and each expression of every panel, ready to be asked."""
    found = []
    for path in sorted((HERE / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                if target["datasource"]["uid"] == "prometheus":
                    found.append((f"{path.stem}: {panel['title']}", target["expr"]))
    return found


def test_every_process_of_the_shop_tells_who_it_is(seen: Backends) -> None:
    assert services_in(seen) == SERVICES
    [target] = seen.query('process_start_time_seconds{service_name="orders"}')
    labels = target["metric"]
    assert labels["job"] == "souk/orders"
    assert labels["deployment_environment_name"] == "development"
    assert ":" in labels["service_instance_id"]


def test_every_panel_is_answered_and_shows_something(seen: Backends) -> None:
    empty = {}
    for title, expression in panels():
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        if not seen.query(expression) and not named_in(expression) & SILENT_WHEN_WELL:
            empty[title] = expression
    assert not empty


def test_every_rule_is_evaluated_without_an_error(seen: Backends) -> None:
    groups = seen.ask("rules")["groups"]
    assert {group["name"] for group in groups} == {
        *("slo-shares", "slo-alerts", "messages", "services", "engines")
    }
    for group in groups:
        for rule in group["rules"]:
            assert not rule.get("lastError"), rule


def test_a_shop_in_which_all_is_well_sets_off_nothing_of_its_own(seen: Backends) -> None:
    firing = {series["metric"]["alertname"] for series in seen.query('ALERTS{alertstate="firing"}')}
    # A machine under load may be slow, and that is said as it is.
    assert firing <= {"LatencyBudgetBurnsFast", "LatencyBudgetBurnsSlowly"}


def test_what_came_is_what_the_sources_say_is_exported(seen: Backends) -> None:
    of_the_shop = {
        name
        for name in seen.ask("label/__name__/values", **{"match[]": '{service_namespace="souk"}'})
        if name.startswith(("orders_", "gateway_", "http_", "payments_", "catalog_", "db_"))
    }
    assert of_the_shop <= exported()
    for name in ("outbox_oldest_seconds", "consumer_lag", "messages_handled_total"):
        assert name in seen.names()


def test_no_id_has_become_a_series(seen: Backends) -> None:
    for series in seen.query("count by (service_name, route) (http_requests_total)"):
        route = series["metric"]["route"]
        assert not any(len(part) > 20 and part.count("-") > 3 for part in route.split("/")), route
    assert float(seen.query('count({service_namespace="souk"})')[0]["value"][1]) < 20_000


def test_the_funnel_counts_each_step_of_the_orders(seen: Backends) -> None:
    steps = [expression for title, expression in panels() if "The funnel" in title]
    assert len(steps) == 5
    for expression in steps:
        # The counters may have begun with these very orders, of which `increase` knows nothing.
        series = expression.replace("increase(", "").replace("[$__range])", "")
        assert float(seen.query(series)[0]["value"][1]) >= ORDERS, series


def test_the_trace_of_an_order_goes_to_jaeger(seen: Backends) -> None:
    names = set()
    for body in seen.received["/jaeger/v1/traces"]:
        for sender in ExportTraceServiceRequest.FromString(body).resource_spans:
            names |= {span.name for scope in sender.scope_spans for span in scope.spans}
    assert {"POST /v1/orders", "consume inventory.reserve_stock.v1"} <= names


def test_the_lines_of_every_hop_go_to_loki_with_their_trace(seen: Backends) -> None:
    hops: dict[bytes, set[str]] = {}
    for body in seen.received["/loki/otlp/v1/logs"]:
        for sender in ExportLogsServiceRequest.FromString(body).resource_logs:
            said = {item.key: item.value.string_value for item in sender.resource.attributes}
            for scope in sender.scope_logs:
                for record in scope.log_records:
                    hops.setdefault(record.trace_id, set()).add(said["service.name"])
    assert any({"gateway", "orders", "notifications"} <= names for names in hops.values())


def test_prometheus_names_what_the_receivers_of_engines_export_as_we_do(seen: Backends) -> None:
    request = ExportMetricsServiceRequest()
    sender = request.resource_metrics.add()
    item = sender.resource.attributes.add(key="service.name")
    item.value.string_value = "receivers"
    scope = sender.scope_metrics.add()
    for found in engines().values():
        metric = scope.metrics.add(name=found["name"], unit=found["unit"])
        point = NumberDataPoint(time_unix_nano=time.time_ns(), as_double=1.0)
        if found["kind"] == "gauge":
            metric.gauge.data_points.append(point)
            continue
        metric.sum.data_points.append(point)
        metric.sum.is_monotonic = found["kind"] == "counter"
        metric.sum.aggregation_temporality = (
            AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
        )
    answer = httpx.post(
        f"{seen.url}/api/v1/otlp/v1/metrics",
        content=request.SerializeToString(),
        headers={"content-type": "application/x-protobuf"},
    )
    assert answer.status_code == 200, answer.text
    query = {"match[]": '{service_name="receivers"}'}
    assert set(seen.ask("label/__name__/values", **query)) == set(engines())
