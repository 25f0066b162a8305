"""The doctor finds what would keep a start from working, and names the remedy."""

import socket
from pathlib import Path

import pytest

from native import checkup, jars
from native.options import Options
from native.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, tmp_path)
    made.make()
    return made


def test_a_taken_port_is_named_with_its_holder(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finding = checkup.check_ports(place, Options(port_base=port))
    assert not finding.well
    assert f"port {port} is held by process" in finding.found
    assert "--port-base" in finding.remedy


def test_a_full_disk_is_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "DISK_GIB", 1e9)
    finding = checkup.check_disk(place)
    assert not finding.well
    assert "make room" in finding.remedy


def test_too_little_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "MEMORY_GIB", 1e9)
    assert not checkup.check_memory().well


def test_a_damaged_jar_is_found_and_an_absent_one_is_no_illness(place: Place) -> None:
    assert checkup.check_jars(place).well
    path = jars.locked()[0].path(place.jars)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half a jar")
    finding = checkup.check_jars(place)
    assert not finding.well
    assert path.name in finding.found


def test_java_of_the_wheel_runs() -> None:
    finding = checkup.check_java()
    assert finding.well
    assert "version" in finding.found
