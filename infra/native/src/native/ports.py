"""Every port counts from one base, so that two stacks stand side by side.

The process table, the record of a stack and the tests all read the offsets from here; `up` and
`doctor` ask `holders` who already sits on a port before anything is started.
"""

import random
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import psutil

DEFAULT_BASE = 8080
HIGHEST_BASE = 65535 - 70
MOST_REPLICAS = 9
# Where a stack that nobody chose ports for goes: below the range that systems hand out themselves.
FREE_BASES = range(21000, 31000, 100)
OFFSETS = {
    "gateway": 0,
    "mailbox": 1,
    "smtp": 2,
    "postgres": 3,
    "valkey": 4,
    "kafka": 5,
    "kafka-controller": 6,
    "documents": 7,
    # Nothing of ours listens here: it is where the tests collect the spans of their stack.
    "otlp": 8,
    "console": 9,
    "auth": 10,
    "catalog": 20,
    "inventory": 30,
    "orders": 40,
    "payments": 50,
    "notifications": 60,
}


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one stack; `moved` is where somebody else answers for a name."""

    base: int = DEFAULT_BASE
    moved: Mapping[str, int] = field(default_factory=dict)

    def of(self, name: str, replica: int = 0) -> int:
        """The port of `name`; of its second replica for `replica=1`, and so on."""
        own = self.base + OFFSETS[name] + replica
        return own if replica else self.moved.get(name, own)


@dataclass(frozen=True, slots=True)
class Holder:
    """A port that is taken, and the process that holds it where the system tells."""

    port: int
    pid: int | None
    command: str

    def __str__(self) -> str:
        if self.pid is None:
            return f"port {self.port} is held by a process of another user"
        return f"port {self.port} is held by process {self.pid} ({self.command})"


def holders(wanted: Iterable[int], ours: frozenset[int] = frozenset()) -> list[Holder]:
    """Who listens on the `wanted` ports, processes in `ours` left out, sorted by port."""
    ports = set(wanted)
    found: dict[int, Holder] = {}
    for port, pid in _listeners():
        if port in ports and pid not in ours and (port not in found or found[port].pid is None):
            found[port] = Holder(port, pid, _command(pid))
    return [found[port] for port in sorted(found)]


def free_base() -> int:
    """A port base from which every port of a stack is free at this moment."""
    while True:
        base = random.choice(FREE_BASES)  # noqa: S311  nothing secret
        if not holders(base + offset for offset in OFFSETS.values()):
            return base


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


def _listeners() -> list[tuple[int, int | None]]:
    """Every listening TCP port with its process, as far as this user may see."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        # macOS shows the sockets of other users' processes to root alone; look at our own.
        return [pair for process in psutil.process_iter() for pair in _listeners_of(process)]
    return [(c.laddr[1], c.pid) for c in connections if c.laddr and c.status == psutil.CONN_LISTEN]


def _listeners_of(process: psutil.Process) -> list[tuple[int, int | None]]:
    try:
        sockets = process.net_connections(kind="tcp")
    except psutil.Error:
        return []
    return [
        (s.laddr[1], process.pid) for s in sockets if s.laddr and s.status == psutil.CONN_LISTEN
    ]


def _command(pid: int | None) -> str:
    if pid is None:
        return ""
    try:
        words = psutil.Process(pid).cmdline() or [psutil.Process(pid).name()]
    except psutil.Error:
        return "already gone"
    line = " ".join(words)
    return line if len(line) <= 80 else line[:79] + "…"
