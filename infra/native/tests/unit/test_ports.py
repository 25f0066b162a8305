"""A taken port is named with the process that holds it, and every port counts from one base."""

import os
import socket

from native.options import SERVICES, Options
from native.ports import FREE_BASES, MOST_REPLICAS, OFFSETS, Holder, Ports, free_base, holders


def test_every_port_counts_from_the_base() -> None:
    assert Ports(8080).of("gateway") == 8080
    assert Ports(18080).of("kafka") == 18085
    assert Ports(8080).of("orders", 1) == 8121


def test_no_two_processes_share_a_port_with_all_replicas() -> None:
    singles = [offset for name, offset in OFFSETS.items() if name not in SERVICES]
    replicas = [OFFSETS[name] + n for name in SERVICES for n in range(MOST_REPLICAS)]
    assert len(set(singles + replicas)) == len(singles + replicas)


def test_the_holder_of_a_port_is_named_with_its_command() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (found,) = holders([port])
    assert (found.port, found.pid) == (port, os.getpid())
    assert "python" in found.command
    assert str(found) == f"port {port} is held by process {os.getpid()} ({found.command})"


def test_our_own_processes_may_hold_our_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert holders([port], frozenset({os.getpid()})) == []


def test_a_free_port_has_no_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert holders([port]) == []


def test_a_holder_that_the_system_hides_is_still_reported() -> None:
    assert str(Holder(8080, None, "")) == "port 8080 is held by a process of another user"


def test_a_free_base_has_all_its_ports_free() -> None:
    base = free_base()
    assert base in FREE_BASES
    assert holders(base + offset for offset in OFFSETS.values()) == []


def test_a_client_with_a_detour_finds_the_server_there_and_nowhere_else() -> None:
    options = Options(8080, detours={"*": {"kafka": 7}, "orders": {"postgres": 9}})
    assert options.seen_by("orders").of("postgres") == 9
    assert options.seen_by("auth").of("postgres") == 8083
    assert options.seen_by("auth").of("kafka") == options.seen_by("orders").of("kafka") == 7
    assert options.seen_by("gateway").of("orders", 1) == 8121
