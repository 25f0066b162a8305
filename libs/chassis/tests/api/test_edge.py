"""Around every request: an id, a trace, metrics by route, and one line in the log."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
import structlog
from fastapi import FastAPI
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY
from starlette.types import Message, Scope

from chassis.telemetry import configure_telemetry, flush_telemetry

URL = "/v1/things/00000000-0000-0000-0000-000000000009"
ROUTE = "/v1/things/{thing_id}"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def spans(app: FastAPI) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    configure_telemetry(app.state.service, exporter=exporter)
    yield exporter
    configure_telemetry("test")


async def test_a_sane_request_id_is_kept_and_any_other_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get(URL, headers={"X-Request-Id": "order-42:retry.1"})
    assert kept.headers["x-request-id"] == "order-42:retry.1"
    for bad in ("", "a b", "x" * 129, "<script>", "a;b"):
        made = await client.get(URL, headers={"X-Request-Id": bad})
        assert UUID(made.headers["x-request-id"]).version == 7


async def test_every_answer_has_a_request_id(client: httpx.AsyncClient) -> None:
    for url in ("/nowhere", "/health/live", URL[:-1] + "4", "/v1/search?q=%00", "/openapi.json"):
        assert (await client.get(url)).headers["x-request-id"]


async def test_a_request_goes_on_with_the_trace_of_its_caller(
    client: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    await client.get(URL, headers=headers)
    await client.get(URL[:-1] + "4", headers=headers)
    flush_telemetry()
    good, bad = spans.get_finished_spans()
    assert good.name == f"GET {ROUTE}"
    assert f"{good.context.trace_id:032x}" == TRACE
    assert good.parent is not None
    assert f"{good.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert good.attributes == {
        "http.request.method": "GET",
        "http.route": ROUTE,
        "http.response.status_code": 200,
    }
    assert not bad.status.is_ok


async def test_a_broken_traceparent_does_no_harm(client: httpx.AsyncClient) -> None:
    for value in ("", "x", "00-" + "0" * 32 + "-0-01", "é".encode("latin-1")):
        headers = [(b"traceparent", value if isinstance(value, bytes) else value.encode())]
        headers.append((b"tracestate", b"\xff=,,,=" * 50))
        assert (await client.get(URL, headers=headers)).status_code == 200


async def test_requests_are_counted_by_route_and_not_by_path(client: httpx.AsyncClient) -> None:
    def count(method: str, route: str, status: str) -> float:
        labels = {"method": method, "route": route, "status": status}
        return REGISTRY.get_sample_value("http_requests_total", labels) or 0.0

    before = count("GET", ROUTE, "200"), count("other", "unmatched", "404")
    await client.get(URL)
    await client.get(URL[:-1] + "8")
    await client.request("BREW", "/coffee")
    assert count("GET", ROUTE, "200") == before[0] + 2
    assert count("other", "unmatched", "404") == before[1] + 1
    text = (await client.get("/metrics")).text
    assert "http_request_seconds_bucket" in text
    for name in ("outbox_waiting", "consumer_lag", "events_consumed_total", "dead_letters_total"):
        assert f"# TYPE {name.removesuffix('_total')}" in text


async def test_each_request_leaves_one_line_without_its_query(client: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as lines:
        await client.get("/v1/search?q=secret")
        await client.get("/health/live")
    shown = [line for line in lines if line["log_level"] == "info"]
    assert len(shown) == 1
    assert shown[0]["event"] == "request"
    assert (shown[0]["path"], shown[0]["route"]) == ("/v1/search", "/v1/search")
    assert shown[0]["status"] == 200
    assert "secret" not in str(shown[0])


@pytest.mark.parametrize("path", ["/health/ready", "/v1/search", "/v1/search?q=%00"])
@pytest.mark.parametrize("received", ["http.response.start", "http.response.body"])
async def test_a_client_that_leaves_before_its_answer_is_no_fault_of_ours(
    app: FastAPI, path: str, received: str
) -> None:
    async def send(message: Message) -> None:
        if message["type"] == received:
            raise ConnectionResetError("as servers do since ASGI 2.4")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    base, _, query = path.partition("?")
    scope: Scope = {"type": "http", "method": "GET", "path": base, "headers": []}
    scope["query_string"] = query.encode()
    with structlog.testing.capture_logs() as lines:
        await app(scope, receive, send)
    assert [(line["event"], line["status"]) for line in lines] == [("request", 499)]


async def test_a_page_links_to_the_next_until_there_is_none(client: httpx.AsyncClient) -> None:
    url: str | None = "/v1/things?limit=20"
    seen: list[int] = []
    while url is not None:
        response = await client.get(url)
        page = response.json()
        seen += page["items"]
        url = page["_links"].get("next", {}).get("href")
        assert ('rel="next"' in response.headers["link"]) is (url is not None)
    assert seen == list(range(50))


async def test_a_bad_cursor_is_a_problem(client: httpx.AsyncClient) -> None:
    for cursor in ("x", "e30", "%00"[:2], "A" * 2000):
        response = await client.get("/v1/things", params={"cursor": cursor})
        assert response.status_code in {400, 422}
        assert response.headers["content-type"] == "application/problem+json"
