"""What a caller may choose about a stack: its ports, its replicas, and how much of it runs.

`up` reads them from the command line and the environment or, for a stack that runs, from its
record.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from native.errors import StackError
from native.ports import DEFAULT_BASE, HIGHEST_BASE, MOST_REPLICAS, Ports

SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")
ENGINES = ("postgres", "valkey", "kafka", "documents")
# Where spans, metrics, logs and reports of errors go (names that the whole industry uses), and the
# share of requests that is traced beside the orders.
COLLECTOR, SAMPLE = "OTEL_EXPORTER_OTLP_ENDPOINT", "SOUK_TRACE_SAMPLE"
WATCHERS = (COLLECTOR, "SENTRY_DSN", SAMPLE)


class BadOption(StackError):
    """An option of the command line cannot be meant."""


@dataclass(frozen=True, slots=True)
class Options:
    """The shape of one stack.

    `detours` are the ports that a client (`*`: every one) finds in place of a server's own, as
    `{"orders": {"postgres": 41000}}`; `environment` is what every service finds in its own besides.
    `./souk chaos` sets both for the time of its run, so neither is recorded.
    """

    port_base: int = DEFAULT_BASE
    replicas: Mapping[str, int] = field(default_factory=dict)
    engines_only: bool = False
    throwaway: bool = False
    watchers: Mapping[str, str] = field(default_factory=dict)
    detours: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1024 <= self.port_base <= HIGHEST_BASE:
            raise BadOption(f"--port-base takes 1024 to {HIGHEST_BASE}")

    def count(self, service: str) -> int:
        """How many processes this service has."""
        return self.replicas.get(service, 1)

    def seen_by(self, client: str) -> Ports:
        """The ports at which this client finds the others."""
        moved = {**self.detours.get("*", {}), **self.detours.get(client, {})}
        return Ports(self.port_base, moved)


def watchers() -> dict[str, str]:
    """Those of the `WATCHERS` that are set in the environment of this command."""
    return {name: os.environ[name] for name in WATCHERS if os.environ.get(name)}


def parse_replicas(texts: Sequence[str]) -> dict[str, int]:
    """`["orders=2"]` becomes `{"orders": 2}`; a single process is the default and is left out.

    Raises:
        BadOption: an unknown service, or a number out of range.
    """
    replicas: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in SERVICES:
            raise BadOption(f"--replicas {text}: the services are {', '.join(SERVICES)}")
        if not number.isdecimal() or not 1 <= int(number) <= MOST_REPLICAS:
            raise BadOption(f"--replicas {text}: a service has 1 to {MOST_REPLICAS} processes")
        if int(number) > 1:
            replicas[name] = int(number)
    return replicas
