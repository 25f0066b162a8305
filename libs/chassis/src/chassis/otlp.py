"""Who a process is to the collector, and the thread that sends what it tells of itself.

Traces, metrics and logs go to one OTLP/HTTP endpoint. `observation.py` makes these once a process;
the exporters are imported only where they are used, for they bring protobuf along.
"""

import logging
import socket
import threading
from collections.abc import Callable
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

from opentelemetry.sdk.resources import Resource

from chassis.logs import get_logger
from chassis.settings import ServiceSettings

# A request to a collector that takes the connection and does not answer ends after this.
TIMEOUT_SECONDS = 5.0
_WAITING = 4

T = TypeVar("T")
log = get_logger(__name__)


def resource_of(service: str, settings: ServiceSettings) -> Resource:
    """Who the signals are from, in OpenTelemetry's words.

    The instance is host and port: a process that starts again goes on with its series, so that
    restarts make no new ones.
    """
    return Resource.create(
        {
            "service.name": service,
            "service.namespace": "souk",
            "service.version": settings.release,
            "service.instance.id": f"{socket.gethostname()}:{settings.port}",
            "deployment.environment.name": settings.environment,
        }
    )


def address(endpoint: str, signal: str) -> str:
    """The URL of one signal below an endpoint."""
    return f"{endpoint.rstrip('/')}/v1/{signal}"


def hush(exporter: type) -> None:
    """An exporter speaks of each attempt; `Reach` says once that nobody answers."""
    logging.getLogger(exporter.__module__).setLevel(logging.CRITICAL)


class Reach:
    """Tells in the log when the collector stops taking a process's signals, and takes them again.

    All signals together are one line: who does not answer to one answers to none.
    """

    def __init__(self) -> None:
        self._away: set[str] = set()
        self._lock = threading.Lock()

    def note(self, signal: str, reached: bool) -> None:
        """An export of `signal` went well or did not."""
        with self._lock:
            before = bool(self._away)
            (self._away.discard if reached else self._away.add)(signal)
            after = bool(self._away)
        if before != after:
            log.warning("collector_away" if after else "collector_back", signal=signal)


REACH = Reach()


class Sender(Generic[T]):
    """A daemon thread that exports what it is given, so that no request waits for a collector.

    `export` returns False when it did not get through. What comes while `_WAITING` are still to
    be sent is dropped: of metrics the next say the same.
    """

    def __init__(self, signal: str, export: Callable[[T], bool], reach: Reach = REACH) -> None:
        self._signal = signal
        self._export = export
        self._reach = reach
        self._queue: Queue[T] = Queue(_WAITING)
        self._idle = threading.Event()
        self._idle.set()
        threading.Thread(target=self._run, name=f"otlp-{signal}", daemon=True).start()

    def put(self, item: T) -> bool:
        """Queues the item; False when it was dropped."""
        self._idle.clear()
        try:
            self._queue.put_nowait(item)
        except Full:
            return False
        return True

    def flush(self, seconds: float) -> bool:
        """Waits until everything is sent, for so long at most; False when it was not."""
        return self._idle.wait(seconds)

    def _run(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=0.5)
            except Empty:
                if self._queue.empty():
                    self._idle.set()
                continue
            self._reach.note(self._signal, self._export(item))
            if self._queue.empty():
                self._idle.set()
