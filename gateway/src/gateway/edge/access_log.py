"""One JSON line a request, in the form of the other logs, written in batches.

A structured logger costs as much as forwarding a small request, so lines are made here and
written ten times a second. No query, no body and no field of the request is ever in a line. What
is neither bad nor slow may be sampled.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO

import orjson

from chassis.access_sampling import AccessSampling
from chassis.redaction import redact_text
from gateway.edge.exchange import Exchange

FLUSH_SECONDS = 0.1
# Filled in as it stands: a dictionary and a serializer would cost three times as much.
_LINE = (
    b'{"event":"request","service":"gateway","level":"info","timestamp":"%b.%06dZ",'
    b'"request_id":"%b","trace_id":"%b","method":%b,"path":%b,"status":%d,"ms":%.2f,"bytes":%d,'
    b'"upstream":"%b","client_id":%b,"subject":%b}\n'
)
_NOBODY = (b'""', b'""')
_QUOTED = {method: orjson.dumps(method) for method in ("GET", "HEAD", "POST", "PUT", "PATCH")}
_FOR_PEOPLE = b"%b %b %b %d %.2f ms %b %b\n"


class AccessLog:
    """Collects lines and writes them to `stream`; with `console` they are made for people.

    `also` gets each line besides, on its way to a collector.
    """

    def __init__(
        self,
        stream: IO[bytes],
        *,
        console: bool = False,
        sampling: AccessSampling | None = None,
        also: Callable[[bytes], None] | None = None,
    ) -> None:
        self._stream = stream
        self._console = console
        self._sampling = sampling or AccessSampling()
        self._also = None if console else also
        self._lines: list[bytes] = []
        self._second = 0
        self._written_second = b""

    def note(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Remember the line of a finished exchange."""
        sampling = self._sampling
        if not sampling.everything and not sampling.keeps_hex(
            status, seconds, exchange.trace.trace_id
        ):
            return
        scope, caller = exchange.scope, exchange.caller
        path: str = scope["path"]
        quoted = orjson.dumps(redact_text(path) if "@" in path else path)
        method = _QUOTED.get(scope["method"]) or orjson.dumps(scope["method"])
        upstream = exchange.upstream.encode()
        ms = seconds * 1000
        second, rest = divmod(time.time_ns(), 1_000_000_000)
        if second != self._second:
            self._second = second
            self._written_second = time.strftime("%FT%T", time.gmtime(second)).encode()
        if self._console:
            clock = self._written_second[11:]
            fields = (clock, method[1:-1], quoted[1:-1], status, ms, upstream, exchange.request_id)
            self._lines.append(_FOR_PEOPLE % fields)
            return
        self._lines.append(
            _LINE
            % (
                self._written_second,
                rest // 1000,
                exchange.request_id,
                exchange.trace.trace_id,
                method,
                quoted,
                status,
                ms,
                exchange.response_bytes,
                upstream,
                *(caller.quoted if caller is not None else _NOBODY),
            )
        )

    def flush(self) -> None:
        """Write what was collected."""
        if self._lines:
            lines, self._lines = self._lines, []
            if self._also is not None:
                for line in lines:
                    self._also(line)
            self._stream.write(b"".join(lines))
            self._stream.flush()

    async def flush_forever(self) -> None:
        """Write ten times a second until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                # What a full disk does not take is lost; the lines after it are not.
                with suppress(OSError):
                    self.flush()
        finally:
            self.flush()
