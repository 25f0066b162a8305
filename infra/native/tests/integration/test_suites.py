"""A suite's tools and tests run as processes of their own, and all of them are counted."""

import os
from functools import partial
from pathlib import Path

import pytest

from native import suites
from native.suites import Manner, folders, sound

# What is installed for other tests would cost each process half a second.
WITHOUT_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


async def test_a_suite_of_two_processes_counts_what_both_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for number in range(3):
        (tmp_path / f"{number}/tests/unit").mkdir(parents=True)
        text = "def test_x() -> None: pass\n" if number else ""
        (tmp_path / f"{number}/tests/unit/test_{number}.py").write_text(text)
    monkeypatch.setattr(suites, "CHECKOUT", tmp_path)
    monkeypatch.setattr(suites, "folders", partial(folders, checkout=tmp_path))
    result = await suites.run("unit", Manner(WITHOUT_PLUGINS, sound(quiet=True)))
    assert (result.passed, result.failed) == (2, 1)
    assert result.notes == ("no test ran in 0/tests/unit",)


async def test_a_tool_that_cannot_check_anything_here_neither_passes_nor_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ending = [("python", "-c", f"raise SystemExit({code})") for code in (0, 3, 77)]
    monkeypatch.setattr(suites, "TOOLS", {"lint": ending})
    result = await suites.run("lint", Manner({}, sound(quiet=True)))
    assert (result.passed, result.failed) == (1, 1)
    assert result.notes == ("not checked here: python -c raise SystemExit(77)",)


async def test_a_suite_that_gives_way_runs_at_the_lowest_priority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A program begins before it is told, which is of no account for what takes minutes.
    code = "import os, time; time.sleep(0.3); print(os.nice(0), flush=True)"
    monkeypatch.setattr(suites, "TOOLS", {"lint": [("python", "-c", code)]})
    said = tmp_path / "said"
    with said.open("wb") as file:
        await suites.run("lint", Manner({}, file.fileno(), gives_way=True))
        await suites.run("lint", Manner({}, file.fileno()))
    assert said.read_text().split() == ["19", str(os.nice(0))]
