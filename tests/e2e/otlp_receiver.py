"""A collector of spans for the tests: OTLP over HTTP with protobuf, kept in memory.

The tests' stack sends its spans to the endpoint in its record; `conftest.py` listens there. It has
a thread of its own, so that it answers while a test waits for something else.
"""

import gzip
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MOST_SPANS = 50_000


@dataclass(frozen=True, slots=True)
class Span:
    """One span; the ids are lower-case hexadecimal, `parent` is empty for the first of a trace."""

    service: str
    sdk: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    # All of it, events and links too, as it came.
    raw: bytes


class Collector:
    """The newest spans that were received."""

    def __init__(self) -> None:
        self._spans: deque[Span] = deque(maxlen=MOST_SPANS)

    def take(self, request: ExportTraceServiceRequest) -> None:
        """Keep the spans of one export."""
        for sender in request.resource_spans:
            resource = _values(sender.resource.attributes)
            for scope in sender.scope_spans:
                self._spans.extend(_span(span, resource) for span in scope.spans)

    def trace(self, trace: str) -> list[Span]:
        """The spans of one trace."""
        return [span for span in self.everything() if span.trace == trace]

    def everything(self) -> list[Span]:
        """Every span that is still kept."""
        return list(self._spans)


def edges(spans: list[Span]) -> set[tuple[str, str]]:
    """Each step from a span to one below it, as "service: name" twice."""
    known = {span.id: span for span in spans}
    return {(label(known[span.parent]), label(span)) for span in spans if span.parent in known}


def label(span: Span) -> str:
    """How a span is written in an edge."""
    return f"{span.service}: {span.name}"


@contextmanager
def collecting(endpoint: str) -> Iterator[Collector]:
    """Collect the spans that are sent to an OTLP endpoint until the end of the block."""
    collector = Collector()

    def take(path: str, body: bytes) -> None:
        if path == "/v1/traces":
            collector.take(ExportTraceServiceRequest.FromString(body))

    with listening(urlsplit(endpoint).port or 0, take):
        yield collector


@contextmanager
def listening(port: int, take: Callable[[str, bytes], None]) -> Iterator[int]:
    """Answer 200 to each POST on a port of this machine, and hand its path and body to `take`.

    Gives the port, which the system chooses for 0.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            take(self.path, gzip.decompress(body) if packed else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _span(span: Any, resource: dict[str, Any]) -> Span:
    return Span(
        service=resource.get("service.name", ""),
        sdk=resource.get("telemetry.sdk.name", ""),
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        attributes=_values(span.attributes),
        raw=span.SerializeToString(),
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {
        item.key: getattr(item.value, item.value.WhichOneof("value") or "string_value")
        for item in attributes
    }
