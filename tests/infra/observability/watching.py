"""The real collector and the real Prometheus on ports of this machine, with this folder's files.

Where Jaeger and Loki would be listens a thread that keeps what the collector brings.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from native.dashboards import backends as started


@dataclass
class Backends:
    """Prometheus' address, and what came for Jaeger and Loki, by path."""

    url: str = ""
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
    made = Backends()
    with started.backends((prometheus, collector), otlp, scratch, made.take) as made.url:
        yield made
