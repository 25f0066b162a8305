"""A whole process and those who watch it: a collector, Sentry, and an operator with a signal."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from libs.chassis.tests.integration.test_process import Running, Sink, running

CANARY = "canary.bird@shop.example"
KEPT = "5aaf0a31f0a04f53ad9e24f2e9f1e2d0"


class Watcher(Sink):
    """A collector and a Sentry on one port."""

    port: int

    def of(self, path: str) -> list[bytes]:
        return [body for got, body in self.received if got.startswith(path)]

    def metrics(self) -> dict[str, Any]:
        """The newest push, by name."""
        request = ExportMetricsServiceRequest.FromString(self.of("/v1/metrics")[-1])
        [scope] = request.resource_metrics[0].scope_metrics
        return {metric.name: metric for metric in scope.metrics}

    def logs(self) -> list[Any]:
        requests = map(ExportLogsServiceRequest.FromString, self.of("/v1/logs"))
        return [
            record
            for request in requests
            for sender in request.resource_logs
            for scope in sender.scope_logs
            for record in scope.log_records
        ]

    def spans(self) -> list[Any]:
        requests = map(ExportTraceServiceRequest.FromString, self.of("/v1/traces"))
        return [
            span
            for request in requests
            for sender in request.resource_spans
            for scope in sender.scope_spans
            for span in scope.spans
        ]

    def reports(self) -> list[dict[str, Any]]:
        """The events of the envelopes: a head, and for each item its head and its body."""
        found = []
        for envelope in self.of("/api/"):
            _head, *items = envelope.splitlines()
            heads = [json.loads(head) for head in items[::2]]
            bodies = zip(heads, items[1::2], strict=False)
            found += [json.loads(body) for head, body in bodies if head["type"] == "event"]
        return found


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    watcher = Watcher()
    server = await asyncio.start_server(watcher, "127.0.0.1", 0)
    async with server:
        watcher.port = server.sockets[0].getsockname()[1]
        yield watcher


@pytest.fixture
def settings(watcher: Watcher) -> Iterator[dict[str, str]]:
    yield {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{watcher.port}",
        "SENTRY_DSN": f"http://key@127.0.0.1:{watcher.port}/1",
        "SOUK_RELEASE": "1.2.3",
        "SOUK_TRACE_URL": "https://traces.example/trace/{trace_id}",
    }


async def call(service: Running, path: str, **options: Any) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, base_url=service.url) as client:
        return await client.request(options.pop("method", "GET"), path, **options)


async def stop(service: Running) -> None:
    service.process.send_signal(signal.SIGTERM)
    assert await service.ended() == 0


async def test_one_request_is_a_span_a_line_and_a_count(
    watcher: Watcher, settings: dict[str, str]
) -> None:
    async with running("good", None, **settings) as service:
        await service.ready()
        parent = f"00-{KEPT}-00f067aa0ba902b7-01"
        await call(service, "/things/7?q=1", headers={"traceparent": parent})
        await stop(service)
    [span] = [span for span in watcher.spans() if span.trace_id.hex() == KEPT]
    assert span.name == "GET /things/{thing_id}"
    [line] = [line for line in watcher.logs() if line.trace_id.hex() == KEPT]
    assert line.body.string_value == "request"
    assert line.span_id == span.span_id
    counts = watcher.metrics()["http_requests"].sum
    routes = [
        {item.key: item.value.string_value for item in point.attributes}["route"]
        for point in counts.data_points
    ]
    assert "/things/{thing_id}" in routes
    assert not any("7" in route for route in routes)


async def test_everything_says_who_it_is_from(watcher: Watcher, settings: dict[str, str]) -> None:
    async with running("good", None, **settings) as service:
        await service.ready()
        await stop(service)
    request = ExportMetricsServiceRequest.FromString(watcher.of("/v1/metrics")[-1])
    resource = request.resource_metrics[0].resource
    said = {item.key: item.value.string_value for item in resource.attributes}
    assert said["service.name"] == "sample"
    assert said["service.version"] == "1.2.3"
    assert said["deployment.environment.name"] == "test"
    assert said["service.instance.id"].endswith(f":{service.port}")


async def test_a_signal_can_be_left_out(watcher: Watcher, settings: dict[str, str]) -> None:
    async with running("good", None, **settings, SOUK_OTLP_SIGNALS="traces") as service:
        await service.ready()
        await call(service, "/things/7")
        await stop(service)
    assert watcher.spans()
    assert not watcher.of("/v1/metrics")
    assert not watcher.of("/v1/logs")


async def test_of_unsampled_traces_nothing_is_recorded(
    watcher: Watcher, settings: dict[str, str]
) -> None:
    async with running("good", None, **settings, SOUK_TRACE_SAMPLE="0") as service:
        await service.ready()
        await call(service, "/things/7")
        parent = f"00-{KEPT}-00f067aa0ba902b7-01"
        await call(service, "/things/7", headers={"traceparent": parent})
        await stop(service)
    # Who began the trace has decided that this one is.
    assert {span.trace_id.hex() for span in watcher.spans()} == {KEPT}


async def test_a_bug_is_reported_with_who_was_served_and_where_to_look(
    watcher: Watcher, settings: dict[str, str]
) -> None:
    async with running("good", None, **settings) as service:
        await service.ready()
        token = (await call(service, "/token")).json()["token"]
        headers = {
            "authorization": f"Bearer {token}",
            "traceparent": f"00-{KEPT}-00f067aa0ba902b7-01",
            "cookie": f"session={CANARY}",
        }
        body = {"password": f"{CANARY}-secret", "note": CANARY}
        answer = await call(
            service, f"/own/{CANARY}?mail={CANARY}", method="POST", headers=headers, json=body
        )
        assert answer.status_code == 500
        await stop(service)
    [report] = watcher.reports()
    assert report["release"] == "souk@1.2.3"
    assert report["environment"] == "test"
    assert report["user"] == {"id": "customer-17"}
    assert report["fingerprint"] == ["internal-error", "RuntimeError", "POST /own/{name}"]
    assert report["tags"]["service"] == "sample"
    assert report["contexts"]["trace"]["trace_id"] == KEPT
    assert report["extra"]["trace_link"] == f"https://traces.example/trace/{KEPT}"
    everything = b"".join(body for _path, body in watcher.received)
    assert b"canary" not in everything
    assert token.encode() not in everything
    # The proof that it was there to be found: the very error quoted it.
    assert "[redacted]" in report["exception"]["values"][-1]["value"]


@pytest.mark.parametrize(
    ("path", "status", "reported"),
    [
        ("/conflict", 409, False),
        ("/away", 503, False),
        ("/nowhere", 404, False),
        ("/broken", 502, True),
    ],
)
async def test_what_was_to_be_expected_is_not_reported(
    watcher: Watcher, settings: dict[str, str], path: str, status: int, reported: bool
) -> None:
    async with running("good", None, **settings) as service:
        await service.ready()
        assert (await call(service, path)).status_code == status
        await stop(service)
    assert bool(watcher.reports()) is reported
    if reported:
        assert watcher.reports()[0]["fingerprint"][0] == "provider-broken"


async def test_a_signal_makes_a_running_process_tell_everything_and_another_ends_it() -> None:
    settings = {"SOUK_LOG_LEVEL": "warning", "SOUK_ACCESS_LOG_SAMPLE": "0"}
    async with running("good", None, **settings) as service:
        await service.ready()
        await call(service, "/chatter")
        service.process.send_signal(signal.SIGUSR1)
        await until(service, "log_level_changed")
        await call(service, "/chatter")
        service.process.send_signal(signal.SIGUSR2)
        await until(service, "log_level_changed", times=2)
        await call(service, "/chatter")
        await stop(service)
    assert service.events().count("chatter") == 1
    assert service.events().count("request") == 1
    changes = [line for line in service.lines if line["event"] == "log_level_changed"]
    assert [change["log_level"] for change in changes] == ["debug", "warning"]


async def test_the_usual_level_comes_back_by_itself() -> None:
    async with running(SOUK_LOG_LEVEL="error", SOUK_DEBUG_SECONDS="0.3") as service:
        await service.ready()
        service.process.send_signal(signal.SIGUSR1)
        await until(service, "log_level_changed", times=1)
        await asyncio.sleep(0.6)
        await call(service, "/chatter")
        await stop(service)
    assert "chatter" not in service.events()


async def until(service: Running, event: str, times: int = 1) -> None:
    for _ in range(100):
        if service.events().count(event) >= times:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{event} was not written {times} times")
