"""All state lies below one home, secrets are private, and a socket's name is never too long."""

import stat
from pathlib import Path

import pytest

from native.place import CHECKOUT, LONGEST_SOCKET_NAME, Place, open_to_all, write_private


def test_home_and_tools_are_in_the_checkout_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOUK_HOME", raising=False)
    monkeypatch.delenv("SOUK_TOOLS", raising=False)
    assert Place.from_environment() == Place(CHECKOUT / ".souk", CHECKOUT / ".souk")


def test_the_environment_moves_the_home_and_leaves_the_tools(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOUK_HOME", str(tmp_path))
    monkeypatch.delenv("SOUK_TOOLS", raising=False)
    place = Place.from_environment()
    assert place.home == tmp_path
    assert place.jars == CHECKOUT / ".souk" / "jars"


def test_everything_of_a_stack_lies_below_its_home(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path)
    place.make()
    for path in (place.data, place.logs, place.run, place.mail, place.secrets, place.record):
        assert path.is_relative_to(tmp_path)


def test_a_long_home_gets_a_socket_with_a_short_name() -> None:
    deep = Place(Path("/" + "x" * 200), Path("/tools"))
    other = Place(Path("/" + "y" * 200), Path("/tools"))
    assert len(str(deep.socket)) <= LONGEST_SOCKET_NAME
    assert deep.socket != other.socket


def test_private_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, "one")
    write_private(path, "two")
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [left.name for left in tmp_path.iterdir()] == ["secret"]


def test_a_folder_below_a_closed_one_is_not_open_to_all(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert not open_to_all(closed / "not" / "there" / "yet")
    assert open_to_all(Path("/"))
