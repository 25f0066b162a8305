"""What runs: the containers of a project as Docker describes them, and which of them is what.

`stack`, `status`, `up` and the faults of chaos read it. The names of the servers differ from
native's where Compose's file says what they are in containers: `redis` and `mongo`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from native.compose.client import Client
from native.errors import StackError
from native.options import SERVICES
from native.ports import Ports

# Service of the compose file: its name in native's list of ports, and the port in its container.
PORTS: Mapping[str, tuple[str, int]] = {
    "gateway": ("gateway", 8080),
    "mailbox": ("mailbox", 8081),
    "postgres": ("postgres", 5432),
    "redis": ("valkey", 6379),
    "kafka": ("kafka", 9094),
    "mongo": ("documents", 27017),
    **{name: (name, 8000) for name in SERVICES},
}
ENGINES = ("postgres", "redis", "kafka", "mongo")
ONCE_OVER = ("secrets", "databases", "topics", "goods")


class OtherPorts(StackError):
    """The ports of a project do not count from one base, as every command takes them to."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a project; `ports` are this machine's by the container's own."""

    id: str
    name: str
    service: str
    state: str
    health: str
    exit_code: int
    ports: Mapping[int, int]
    networks: tuple[str, ...]
    started: str
    memory_limit: int

    @property
    def once(self) -> bool:
        """Whether it ends when its work is done."""
        return self.service in ONCE_OVER or self.service.startswith("migrate-")

    @property
    def ready(self) -> bool:
        """Whether it takes requests, or has done what it was for."""
        if self.once:
            return self.state == "exited" and self.exit_code == 0
        return self.state == "running" and self.health in ("", "healthy") and bool(self.networks)

    @property
    def word(self) -> str:
        """Its state in a word or two."""
        if self.once:
            return "done" if self.ready else f"{self.state}, code {self.exit_code}"
        if self.ready:
            return "ready"
        return f"running, {self.health}" if self.state == "running" else self.state

    @property
    def age_seconds(self) -> float:
        """How long it has been running."""
        if self.state != "running":
            return 0.0
        begun = datetime.fromisoformat(self.started[:19] + "+00:00")
        return (datetime.now(begun.tzinfo) - begun).total_seconds()


def containers(client: Client) -> dict[str, Container]:
    """Every container of the project by its service."""
    found = [container_of(raw) for raw in client.inspect() if not _by_hand(raw)]
    return {container.service: container for container in found}


def port_base(found: Mapping[str, Container]) -> int:
    """The port from which all published ones count.

    Raises:
        OtherPorts: they do not.
    """
    base = found["gateway"].ports[PORTS["gateway"][1]]
    for service, (name, inside) in PORTS.items():
        due = Ports(base).of(name)
        if service in found and found[service].ports.get(inside, due) != due:
            raise OtherPorts(f"{service} is not at port {due} but elsewhere")
    return base


def told(base: int) -> dict[str, str]:
    """What the compose file is told, so that all ports count from this base."""
    ports = Ports(base)
    named = {f"SOUK_PORT_{service.upper()}": ports.of(name) for service, (name, _) in PORTS.items()}
    issuer = {"SOUK_ISSUER": f"http://localhost:{base}"}
    return {name: str(port) for name, port in named.items()} | issuer


def _by_hand(raw: Mapping[str, Any]) -> bool:
    """Whether `compose run` made it, beside the stack."""
    return bool(raw["Config"]["Labels"].get("com.docker.compose.oneoff") == "True")


def container_of(raw: Mapping[str, Any]) -> Container:
    """What we want to know of Docker's description."""
    state, bindings = raw["State"], raw["HostConfig"]["PortBindings"] or {}
    return Container(
        id=raw["Id"],
        name=raw["Name"].lstrip("/"),
        service=raw["Config"]["Labels"]["com.docker.compose.service"],
        state=state["Status"],
        health=state.get("Health", {}).get("Status", ""),
        exit_code=state["ExitCode"],
        ports={
            int(inside.partition("/")[0]): int(outside[0]["HostPort"])
            for inside, outside in bindings.items()
            if outside
        },
        networks=tuple(raw["NetworkSettings"]["Networks"]),
        started=state["StartedAt"],
        memory_limit=raw["HostConfig"]["Memory"],
    )
