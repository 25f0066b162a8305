"""The real collector and the real Prometheus on ports of this machine, with this folder's files.

Where Jaeger and Loki would be listens a thread that keeps what the collector brings.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from chassis.testing_process import free_port
from tests.e2e.otlp_receiver import listening
from tests.infra.observability.exported import HERE

START_SECONDS = 60


@dataclass
class Backends:
    """Prometheus' address, and what came for Jaeger and Loki, by path."""

    url: str
    received: dict[str, list[bytes]] = field(default_factory=dict)

    def take(self, path: str, body: bytes) -> None:
        self.received.setdefault(path, []).append(body)

    def ask(self, path: str, **query: str) -> Any:
        """An answer of Prometheus' API. Raises AssertionError with what it says is wrong."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=query, timeout=30).json()
        assert answer["status"] == "success", (query, answer)
        return answer["data"]

    def query(self, expression: str) -> list[Any]:
        found: list[Any] = self.ask("query", query=expression)["result"]
        return found

    def names(self) -> set[str]:
        return set(self.ask("label/__name__/values"))


@contextmanager
def backends(prometheus: Path, collector: Path, otlp: str, scratch: Path) -> Iterator[Backends]:
    """Starts them; the collector listens at `otlp` (host and port) for what the shop sends."""
    port = free_port()
    made = Backends(f"http://127.0.0.1:{port}")
    keep = [
        *(f"--config.file={HERE / 'prometheus.yaml'}", f"--storage.tsdb.path={scratch / 'tsdb'}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--web.enable-otlp-receiver"),
        "--log.level=warn",
    ]
    with listening(0, made.take) as others, _running(prometheus, keep, {}, scratch):
        _until_answers(f"{made.url}/-/ready")
        told = {
            "OTLP_LISTEN": otlp,
            "PROMETHEUS_URL": made.url,
            "JAEGER_URL": f"http://127.0.0.1:{others}/jaeger",
            "LOKI_URL": f"http://127.0.0.1:{others}/loki",
        }
        with _running(collector, [f"--config={HERE / 'collector.yaml'}"], told, scratch):
            _until_answers(f"http://{otlp}/")
            yield made


@contextmanager
def _running(
    program: Path, options: list[str], told: Mapping[str, str], scratch: Path
) -> Iterator[None]:
    with (scratch / f"{program.name}.log").open("wb") as log:
        command = [str(program), *options]
        process = subprocess.Popen(command, env={**os.environ, **told}, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _until_answers(url: str) -> None:
    """Any answer will do but one that says to wait."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            if httpx.get(url, timeout=2).status_code != 503:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")
