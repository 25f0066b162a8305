"""A real stack: starting twice, taken ports, an interruption at any moment, and a clean end."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import psutil
import pytest

from native.keeper import Keeper
from native.sandbox import Sandbox, sandbox
from native.stop import family

ENGINES = ("--only", "engines")


@pytest.fixture(scope="module")
def started() -> Iterator[tuple[Sandbox, float]]:
    """One stack for the tests that only look, and the longest silence of its start in seconds."""
    with sandbox() as made:
        starting = made.begin(*ENGINES)
        longest = longest_silence(starting)
        assert starting.wait(60) == 0
        yield made, longest


@pytest.fixture
def running(started: tuple[Sandbox, float]) -> Sandbox:
    return started[0]


@pytest.fixture
def doomed(home: Sandbox) -> Sandbox:
    """A stack of its own, for a test that takes it down."""
    began = home.up(*ENGINES)
    assert began.returncode == 0, began.stdout + began.stderr
    return home


def longest_silence(starting: subprocess.Popen[str]) -> float:
    assert starting.stdout is not None
    longest = 0.0
    with starting.stdout as lines:
        lines.readline()
        last = time.monotonic()
        for _ in lines:
            now = time.monotonic()
            longest, last = max(longest, now - last), now
    return longest


def test_nothing_is_silent_for_more_than_two_seconds(started: tuple[Sandbox, float]) -> None:
    assert started[1] < 2.5


def test_a_second_up_changes_nothing_and_says_so(running: Sandbox) -> None:
    before = family(Keeper(running.place))
    again = running.up(*ENGINES)
    assert again.returncode == 0
    assert "nothing was changed" in again.stdout
    assert family(Keeper(running.place)) >= before - _backends(before)
    report = json.loads(running.up(*ENGINES, "--json").stdout)
    assert (report["changed"], report["started"]) == (False, [])


def _backends(pids: set[int]) -> set[int]:
    """PostgreSQL's own children come and go."""
    alive = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    return pids - {process.pid for process in alive}


def test_down_leaves_no_process_and_a_second_down_finds_none(doomed: Sandbox) -> None:
    pids = family(Keeper(doomed.place))
    assert len(pids) >= 5
    stopped = json.loads(doomed.souk("down", "--json").stdout)["stopped"]
    assert {"postgres", "valkey", "kafka", "documents"} <= set(stopped)
    assert [pid for pid in pids if psutil.pid_exists(pid) and _alive(pid)] == []
    assert doomed.nothing_is_left()
    assert "Nothing was running" in doomed.souk("down").stdout


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_status_shows_every_process_with_memory_and_port(running: Sandbox) -> None:
    report = json.loads(running.souk("status", "--json").stdout)
    rows = {row["name"]: row for row in report["processes"]}
    assert set(rows) == {"supervisor", "postgres", "valkey", "kafka", "documents"}
    assert report["ready"] is True
    assert all(row["memory_mib"] > 0 and row["state"] == "ready" for row in rows.values())
    assert rows["postgres"]["ports"] == [running.base + 3]
    shown = running.souk("status").stdout
    assert "kafka" in shown and "MiB" in shown


def test_a_killed_server_is_started_again(running: Sandbox) -> None:
    keeper = Keeper(running.place)
    old = keeper.states()["valkey"].pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while keeper.states()["valkey"].pid in (old, None) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert keeper.states()["valkey"].pid not in (old, None)


def test_down_ends_what_a_killed_supervisor_left_behind(doomed: Sandbox) -> None:
    os.kill(Keeper(doomed.place).pid(), signal.SIGKILL)
    doctor = json.loads(doomed.souk("doctor", "--json").stdout)
    assert [f["remedy"] for f in doctor["findings"] if f["what"] == "left-over processes"] == [
        "./souk down ends them"
    ]
    assert doomed.souk("down").returncode == 0
    assert doomed.nothing_is_left()


def test_logs_show_one_process_and_name_those_there_are(running: Sandbox) -> None:
    assert "Kafka Server started" in running.souk("logs", "kafka", "-n", "100").stdout
    wrong = running.souk("logs", "kafak")
    assert wrong.returncode == 1
    assert "kafka" in wrong.stderr


def test_reset_asks_first_and_then_removes_everything(doomed: Sandbox) -> None:
    refused = doomed.souk("reset")
    assert refused.returncode == 1
    assert (doomed.home / "data").exists()
    assert doomed.souk("reset", "--yes").returncode == 0
    assert doomed.nothing_is_left()
    assert list(doomed.home.iterdir()) == []


def test_a_taken_port_is_named_with_its_holder_before_anything_starts(home: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", home.base + 4)):
        refused = home.up(*ENGINES)
    assert refused.returncode == 1
    assert f"port {home.base + 4} is held by process {os.getpid()} (" in refused.stderr
    assert "--port-base" in refused.stderr
    assert home.nothing_is_left()
    assert not (home.home / "data" / "postgres").exists()


@pytest.mark.parametrize(
    ("moment", "number"),
    [("Preparing", signal.SIGINT), ("Starting the four servers …", signal.SIGTERM)],
)
def test_an_interrupted_up_leaves_nothing_running(
    home: Sandbox, moment: str, number: signal.Signals
) -> None:
    starting = home.begin(*ENGINES)
    assert starting.stdout is not None
    heard = ""
    while moment not in heard:
        line = starting.stdout.readline()
        assert line, heard
        heard += line
    time.sleep(0.7)
    starting.send_signal(number)
    rest = starting.stdout.read()
    assert starting.wait(60) == 130, heard + rest
    assert home.nothing_is_left(), heard + rest
    starting.stdout.close()
