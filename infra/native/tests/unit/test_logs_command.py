"""`./souk logs`: lines that a person reads, and the very lines for a program."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from native.cli import app
from native.commands.logs import readable

EVENT = {
    "module": "chassis.edge",
    "method": "GET",
    "path": "/v1/prices",
    "status": 200,
    "said": "two words",
    "event": "request",
    "service": "orders",
    "trace_id": "0ef00006fad160eb09c308098ff1d1fb",
    "level": "info",
    "timestamp": "2026-11-23T08:47:15.082927Z",
}
LINE = json.dumps(EVENT)


def test_an_event_is_one_line_of_words_with_its_ids() -> None:
    assert readable(LINE) == (
        "08:47:15.082 info    request  module=chassis.edge  method=GET  path=/v1/prices"
        '  status=200  said="two words"  trace_id=0ef00006fad160eb09c308098ff1d1fb'
    )


def test_a_traceback_stands_below_its_line() -> None:
    told = readable(json.dumps(EVENT | {"exception": "Traceback:\n  ValueError: no"}))
    assert told.splitlines()[1:] == ["    Traceback:", "      ValueError: no"]


@pytest.mark.parametrize(
    "line", ["2026-11-23 09:05:55 UTC [1] LOG:  ready", '{"half": ', "[1, 2]", '{"event": "x"}', ""]
)
def test_what_is_no_event_of_ours_stays_as_it_is(line: str) -> None:
    assert readable(line) == line


def test_the_command_shows_words_to_people_and_json_to_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUK_HOME", str(tmp_path))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "orders.log").write_text(f"{LINE}\n" * 3)
    (tmp_path / "logs" / "kafka.log").write_text("INFO started\n")
    shown = CliRunner().invoke(app, ["logs", "orders", "-n", "2"]).stdout
    assert shown == f"{readable(LINE)}\n" * 2
    raw = CliRunner().invoke(app, ["logs", "orders", "-n", "1", "--raw"]).stdout
    assert json.loads(raw) == EVENT
    everything = CliRunner().invoke(app, ["logs", "-n", "1"]).stdout.splitlines()
    assert everything == ["kafka  | INFO started", f"orders | {readable(LINE)}"]
