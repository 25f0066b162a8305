"""Takes what is sent over OTLP/HTTP: a port of this machine that says 200 to everything.

`native.dashboards.backends` stands it where Jaeger and Loki would be, and the end-to-end tests
where a collector would. It has a thread of its own, so that it answers while its caller waits for
something else.
"""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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
