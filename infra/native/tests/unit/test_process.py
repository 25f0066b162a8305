"""Readiness is asked in the server's own protocol, and a server that cannot answer is not ready."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from native.process import (
    Probe,
    Process,
    answers_http,
    answers_kafka,
    answers_postgres,
    answers_valkey,
)


@contextmanager
def server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """A server that answers one request on one connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(answer(connection.recv(4096)))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    thread.join(5)
    listening.close()


def asked(probe: Probe, port: int) -> bool:
    return Process(name="x", command=(), port=port, probe=probe, stage=0).ready()


@pytest.mark.parametrize(
    ("probe", "answer", "ready"),
    [
        (answers_valkey, b"+PONG\r\n", True),
        (answers_valkey, b"-LOADING Valkey is loading the dataset in memory\r\n", False),
        (answers_postgres, b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", True),
        (answers_postgres, b"E\0\0\0\x10SFATAL\0\0", False),
        (answers_kafka, struct.pack("!iihi", 10, 7, 0, 0), True),
        (answers_kafka, struct.pack("!iihi", 10, 7, 35, 0), False),
        (answers_http, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (answers_http, b"HTTP/1.1 503 Not Ready\r\nContent-Length: 0\r\n\r\n", False),
        (answers_http, b"what?\r\n", False),
    ],
)
def test_a_server_is_ready_when_it_says_so(probe: Probe, answer: bytes, ready: bool) -> None:
    with server(lambda _: answer) as port:
        assert asked(probe, port) is ready


@pytest.mark.parametrize("probe", [answers_valkey, answers_postgres, answers_kafka, answers_http])
def test_a_refused_connection_means_not_ready(probe: Probe) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert not asked(probe, port)


def test_a_server_that_hangs_up_is_not_ready() -> None:
    with server(lambda _: b"") as port:
        assert not asked(answers_postgres, port)
