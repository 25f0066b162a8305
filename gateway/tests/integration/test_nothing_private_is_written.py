"""A word that stands in every field of a request is in no line and no span of the gateway."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chassis.telemetry import configure_telemetry, flush_telemetry
from gateway.testing import FakeService, RunningGateway, everything_at, talk

CANARY = "c4n4ry-6f1d"
FIELDS = {
    "Authorization": f"Basic {CANARY}",
    "Cookie": f"a={CANARY}",
    "X-Api-Key": CANARY,
    "Cart-Token": CANARY,
    "Idempotency-Key": CANARY,
    "User-Agent": CANARY,
    "Referer": f"https://x.example/?token={CANARY}",
    "Origin": f"https://{CANARY}.example",
    "X-Forwarded-For": CANARY,
    "X-User-Id": CANARY,
    "baggage": f"user={CANARY}",
    "tracestate": f"x={CANARY}",
}
HEAD = b"GET /v1/orders/x HTTP/1.1\r\nhost: localhost\r\n"
BROKEN = [
    b"GET /v1/orders/x?token=%b HTTP/1.1\r\nhost: evil-%b\r\n\r\n",
    b"GET /v1/orders/x HTTP/1.1\r\nauthorization: Bearer %b\r\n folded: %b\r\n\r\n",
    b"GET http://%b:%b@x.example/ HTTP/1.1\r\nhost: localhost\r\n\r\n",
    b"%b /%b HTTP/9.9\r\n\r\n",
    HEAD + b"cookie: %b\r\nx-%b: " + b"y" * 40_000 + b"\r\n\r\n",
    HEAD + b"content-length: %b\r\nx: %b\r\n\r\n",
]


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Where spans are sent, and what came there, as it came."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()
    configure_telemetry("gateway")


async def send_everything(gateway: RunningGateway) -> None:
    query = {"token": CANARY, "password": CANARY, "q": CANARY}
    client = gateway.client
    for token in (f"Bearer {CANARY}", f"Bearer eyJhbGciOiJub25lIn0.{CANARY}.x", f"Basic {CANARY}"):
        for path in ("/v1/orders/x", "/v1/nowhere", "/docs", "/v1/products/x"):
            sent = {**FIELDS, "Authorization": token}
            await client.get(path, headers=sent, params=query)
            await client.post(path, headers=sent, data={"password": CANARY})
            await client.post(path, headers=sent, json={"card": CANARY})
    for raw in BROKEN:
        await talk(gateway.port, raw % (CANARY.encode(), CANARY.encode()), seconds=1)
    await client.get(f"/v1/users/{CANARY}@souk.example")
    await client.get("/v1/orders/control")


@pytest.mark.parametrize("answers", [True, False])
async def test_no_line_and_no_span_holds_what_was_sent(
    service: FakeService, collector: Any, capfd: pytest.CaptureFixture[str], answers: bool
) -> None:
    endpoint, spans = collector
    if not answers:
        await service.stop()
    settings: dict[str, Any] = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    async with RunningGateway(upstreams=everything_at(service), **settings) as gateway:
        await send_everything(gateway)
        flush_telemetry()
    written = gateway.log.getvalue() + "".join(capfd.readouterr()).encode()
    assert b'"path":"/v1/orders/control"' in written
    assert b"http.route" in b"".join(spans)
    assert CANARY.encode() not in written
    assert CANARY.encode() not in b"".join(spans)
