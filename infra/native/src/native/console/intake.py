"""Takes in what the services send over OTLP/HTTP, keeps the spans, and hands all of it on.

The services know one address. Where a collector was named to `./souk up`, it gets every body as it
came: a copy for the console costs the services nothing. One that is away loses what comes
meanwhile, and is told of once in the log.
"""

import asyncio
import contextlib
import zlib

import httpx

from chassis.logs import get_logger
from native.console.spans import read_request
from native.console.store import SpanStore

SIGNALS = frozenset({"traces", "metrics", "logs"})
LARGEST = 16 * 1024 * 1024  # bytes, also when unpacked
_WAITING = 64
_SECONDS = 5.0

log = get_logger(__name__)


class Unreadable(Exception):
    """The body is no OTLP (400)."""


class Intake:
    """A component of the process: `take` is called by the route, `run` hands on."""

    name = "intake"

    def __init__(self, store: SpanStore, forward: str | None) -> None:
        self._store = store
        self._forward = forward
        self._queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(_WAITING)
        self._stopped = asyncio.Event()
        self._reached = True
        self.dropped = 0

    async def take(self, signal: str, body: bytes, *, packed: bool) -> None:
        """Keep the spans, and queue the body for the collector. Raises Unreadable."""
        if packed:
            body = _unpacked(body)
        if signal == "traces":
            await asyncio.to_thread(self._keep, body)
        if self._forward is not None:
            try:
                self._queue.put_nowait((signal, body))
            except asyncio.QueueFull:
                self.dropped += 1

    def _keep(self, body: bytes) -> None:
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

        try:
            spans = read_request(body)
        except DecodeError as error:
            raise Unreadable(str(error)) from error
        self._store.add(spans)

    async def run(self) -> None:
        """Hand on until stopped."""
        if self._forward is None:
            await self._stopped.wait()
            return
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            handing = asyncio.create_task(self._hand_on_forever(client, self._forward.rstrip("/")))
            await self._stopped.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), 1.0)
            handing.cancel()
            await asyncio.gather(handing, return_exceptions=True)

    async def stop(self) -> None:
        """Send what waits, for a second at most, and end."""
        self._stopped.set()

    async def _hand_on_forever(self, client: httpx.AsyncClient, endpoint: str) -> None:
        kind = {"Content-Type": "application/x-protobuf"}
        while True:
            signal, body = await self._queue.get()
            try:
                answer = await client.post(f"{endpoint}/v1/{signal}", content=body, headers=kind)
                self._note(answer.is_success)
            except httpx.HTTPError:
                self._note(reached=False)
            finally:
                self._queue.task_done()

    def _note(self, reached: bool) -> None:
        if reached != self._reached:
            self._reached = reached
            log.warning("collector_back" if reached else "collector_away")


def _unpacked(body: bytes) -> bytes:
    """A gzip body as it was. Raises Unreadable, also for one that would unpack to too much."""
    packed = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = packed.decompress(body, LARGEST)
    except zlib.error as error:
        raise Unreadable(str(error)) from error
    if packed.unconsumed_tail or not packed.eof:
        raise Unreadable("the body is torn, or too large")
    return plain
