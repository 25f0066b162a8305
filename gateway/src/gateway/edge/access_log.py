"""One JSON line a request, in the form of the other logs, written in batches.

A structured logger costs as much as forwarding a small request, so lines are made here and
written ten times a second. No query, no body and no field of the request is ever in a line.
"""

import asyncio
from datetime import UTC, datetime
from typing import IO, Any

import orjson

from chassis.redaction import redact_text
from gateway.edge.exchange import Exchange

FLUSH_SECONDS = 0.1
_LINE = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
_FOR_PEOPLE = "{timestamp:%H:%M:%S} {method} {path} {status} {ms} ms {upstream} {request_id}\n"


class AccessLog:
    """Collects lines and writes them to `stream`; with `console` they are made for people."""

    def __init__(self, stream: IO[bytes], *, console: bool = False) -> None:
        self._stream = stream
        self._console = console
        self._lines: list[bytes] = []

    def note(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Remember the line of a finished exchange."""
        scope, caller = exchange.scope, exchange.caller
        path: str = scope["path"]
        line: dict[str, Any] = {
            "event": "request",
            "service": "gateway",
            "level": "info",
            "timestamp": datetime.now(UTC),
            "request_id": exchange.request_id.decode(),
            "trace_id": exchange.trace.trace_id.decode(),
            "method": scope["method"],
            "path": redact_text(path) if "@" in path else path,
            "status": status,
            "ms": int(seconds * 100_000) / 100,
            "bytes": exchange.response_bytes,
            "upstream": exchange.upstream,
            "client_id": caller.client_id if caller is not None else "",
            "subject": caller.subject if caller is not None else "",
        }
        if self._console:
            self._lines.append(_FOR_PEOPLE.format(**line).encode())
        else:
            self._lines.append(orjson.dumps(line, option=_LINE))

    def flush(self) -> None:
        """Write what was collected."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._stream.write(b"".join(lines))
            self._stream.flush()

    async def flush_forever(self) -> None:
        """Write ten times a second until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                self.flush()
        finally:
            self.flush()
