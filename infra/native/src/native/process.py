"""What the supervisor is told about one process, and how its readiness is asked for.

The engines and `table.py` make `Process` values; `keeper.py` turns them into the supervisor's
configuration; `up` calls `ready` until each answers. Each question speaks the server's own protocol
with a few bytes, so that asking needs no driver and costs no start-up time.
"""

import http.client
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

HOST = "127.0.0.1"
PATIENCE = 2.0  # seconds that one question may take
Probe = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the stack."""

    name: str
    command: tuple[str, ...]
    port: int
    probe: Probe
    stage: int
    environment: Mapping[str, str] = field(default_factory=dict)
    more_ports: tuple[int, ...] = ()
    user: str | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 15

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port that it listens on."""
        return (self.port, *self.more_ports)

    def ready(self) -> bool:
        """Whether it takes requests now; a refused or slow connection means no."""
        try:
            return self.probe(self.port)
        except (OSError, http.client.HTTPException):
            return False


def _ask(port: int, question: bytes, at_least: int) -> bytes:
    """The first bytes of the answer to `question`."""
    with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
        connection.sendall(question)
        answer = b""
        while len(answer) < at_least and (more := connection.recv(4096)):
            answer += more
    return answer


def accepts(port: int) -> bool:
    """Whether anything listens."""
    with socket.create_connection((HOST, port), timeout=PATIENCE):
        return True


def answers_http(port: int) -> bool:
    """Whether `/health/ready` answers 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    finally:
        connection.close()


def answers_postgres(port: int) -> bool:
    """Whether PostgreSQL asks a client to authenticate, which it does not while it recovers."""
    body = struct.pack("!i", 196608) + b"user\0postgres\0database\0postgres\0\0"
    return _ask(port, struct.pack("!i", len(body) + 4) + body, 1)[:1] == b"R"


def answers_valkey(port: int) -> bool:
    """Whether Valkey answers PING; while it loads its file it answers -LOADING."""
    return _ask(port, b"PING\r\n", 5).startswith(b"+PONG")


def answers_kafka(port: int) -> bool:
    """Whether the broker answers ApiVersions (key 18), which it does once it serves requests."""
    question = struct.pack("!hhih", 18, 0, 7, -1)
    answer = _ask(port, struct.pack("!i", len(question)) + question, 10)
    return answer[4:10] == struct.pack("!ih", 7, 0)
