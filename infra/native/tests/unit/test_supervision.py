"""The supervisor reads back from its file exactly what the process table says."""

import configparser
import shlex
from pathlib import Path

import pytest
from supervisor.datatypes import dict_of_key_value_pairs

from native.place import Place
from native.process import Process, accepts
from native.supervision import render


def section(process: Process, tmp_path: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    parser.read_string(render(Place(tmp_path, tmp_path), [process]))
    return parser[f"program:{process.name}"]


def one(**changes: object) -> Process:
    values = {"name": "x", "command": ("/bin/x",), "port": 1, "probe": accepts, "stage": 0}
    return Process(**(values | changes))  # type: ignore[arg-type]


def test_a_command_keeps_its_words(tmp_path: Path) -> None:
    words = (
        "/bin/x",
        "--save",
        "",
        "--say",
        "two words",
        "100%",
        'a "quoted" one',
        "a;b#c",
        "it's",
    )
    read = section(one(command=words), tmp_path)["command"]
    assert tuple(shlex.split(read.replace("%%", "%"))) == words


def test_an_environment_keeps_json_and_urls(tmp_path: Path) -> None:
    environment = {
        "A": '{"auth":["http://127.0.0.1:8090"],"b":"c"}',
        "B": "postgresql://a:b@127.0.0.1:1/x?y=1&z=2",
        "C": "Souk <shop@souk.example>",
    }
    read = section(one(environment=environment), tmp_path)["environment"]
    assert dict_of_key_value_pairs(read) == environment


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="quote"):
        render(Place(tmp_path, tmp_path), [one(environment={"A": "it's"})])


def test_nothing_starts_by_itself_and_what_crashes_is_restarted(tmp_path: Path) -> None:
    read = section(one(), tmp_path)
    assert (read["autostart"], read["autorestart"]) == ("false", "true")


def test_a_process_has_its_own_stop_signal_and_patience(tmp_path: Path) -> None:
    read = section(one(stop_signal="INT", stop_seconds=30), tmp_path)
    assert (read["stopsignal"], read["stopwaitsecs"]) == ("INT", "30")
