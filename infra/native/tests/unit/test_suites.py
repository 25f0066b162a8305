"""A test run counts every test, and a suite that went quiet is a failure."""

import asyncio
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from native import suites
from native.cli import COMMANDS, app
from native.counting import Counting
from native.suites import (
    BESIDE,
    ON_DEMAND,
    ON_SERVERS,
    SUITES,
    Manner,
    Result,
    folders,
    judge,
    sound,
)


def test_the_folders_of_a_suite_are_those_of_every_member_and_the_root(tmp_path: Path) -> None:
    members = ["libs/chassis", "services/orders", "gateway", "infra/native", "."]
    for member in members:
        (tmp_path / member / "tests" / "unit").mkdir(parents=True)
    assert {str(f.relative_to(tmp_path)) for f in folders("unit", tmp_path)} == {
        "libs/chassis/tests/unit",
        "services/orders/tests/unit",
        "gateway/tests/unit",
        "infra/native/tests/unit",
        "tests/unit",
    }


def test_tests_in_deeper_folders_count_for_their_suite() -> None:
    counts, notes = judge(0, ["a/tests/unit"], {"a/tests/unit/domain": 3}, {})
    assert (counts, notes) == ((3, 0), ())


def test_a_folder_without_a_test_is_a_failure() -> None:
    counts, notes = judge(0, ["a/tests/unit", "b/tests/unit"], {"a/tests/unit": 2}, {})
    assert counts == (2, 1)
    assert notes == ("no test ran in b/tests/unit",)


def test_a_pytest_that_broke_is_a_failure_even_without_a_failed_test() -> None:
    counts, notes = judge(3, ["a/tests/unit"], {"a/tests/unit": 2}, {})
    assert counts == (2, 1)
    assert notes == ("pytest ended with 3",)


def report(node: str, when: str, outcome: str) -> SimpleNamespace:
    failed, skipped = outcome == "failed", outcome == "skipped"
    return SimpleNamespace(nodeid=node, when=when, failed=failed, skipped=skipped)


def test_passed_failed_and_skipped_tests_are_counted_by_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting()
    for phase in ("setup", "call", "teardown"):
        counting.pytest_runtest_logreport(report("a/tests/unit/test_x.py::good", phase, "passed"))
    counting.pytest_runtest_logreport(report("a/tests/unit/test_x.py::bad", "call", "failed"))
    counting.pytest_runtest_logreport(report("b/tests/unit/test_x.py::broken", "setup", "failed"))
    counting.pytest_runtest_logreport(report("b/tests/unit/test_x.py::left", "setup", "skipped"))
    counting.pytest_collectreport(report("b/tests/unit/test_unreadable.py", "collect", "failed"))
    monkeypatch.setenv("SOUK_TEST_COUNTS", str(tmp_path / "counts.json"))
    counting.pytest_sessionfinish()
    assert json.loads((tmp_path / "counts.json").read_text()) == {
        "passed": {"a/tests/unit": 1},
        "failed": {"a/tests/unit": 1, "b/tests/unit": 3},
    }


def test_an_unknown_suite_is_refused_by_name() -> None:
    result = CliRunner().invoke(app, ["test", "units"])
    assert result.exit_code == 1
    assert "no such suite: units" in str(result.exception)


def test_the_help_names_every_command() -> None:
    text = CliRunner().invoke(app, ["--help"]).output
    assert all(f" {name} " in text for name in COMMANDS)


def test_suites_run_in_the_order_in_which_they_are_quick_and_the_longest_on_demand() -> None:
    assert SUITES[0] == "lint"
    assert SUITES[-1] == "security"
    assert len(SUITES) == 11
    assert not set(ON_DEMAND) & set(SUITES)
    assert set(ON_SERVERS) <= {*SUITES, *ON_DEMAND}


@pytest.mark.parametrize(("suite", "second"), [("e2e", ""), ("security", "record")])
async def test_each_process_of_the_end_to_end_tests_has_a_shop_of_its_own(
    monkeypatch: pytest.MonkeyPatch, suite: str, second: str
) -> None:
    told: list[str] = []

    async def execute(_command: object, manner: Manner) -> int:
        told.append(manner.environment["SOUK_TEST_STACK"])
        return 0

    monkeypatch.setattr(suites, "TOOLS", {})
    monkeypatch.setattr(suites, "_execute", execute)
    await suites.run(suite, Manner({"SOUK_TEST_STACK": "record"}, sound(quiet=True)))
    assert told == ["record", second]


def test_what_runs_beside_a_suite_needs_no_servers_and_follows_it() -> None:
    for suite, others in BESIDE.items():
        first = SUITES.index(suite) + 1
        assert SUITES[first : first + len(others)] == others
        assert not {suite, *others} & set(ON_SERVERS)


def test_a_suite_runs_beside_chaos_and_is_counted_once_in_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[tuple[str, bool]] = []
    both = asyncio.Event()

    async def run(suite: str, manner: Manner) -> Result:
        ran.append((suite, manner.gives_way))
        if {"chaos", "types"} <= {name for name, _ in ran}:
            both.set()
        if suite in ("chaos", "types"):
            await asyncio.wait_for(both.wait(), 5)
        os.write(manner.sound, f"{suite} speaks\n".encode())
        return Result(suite, 1, 0, 0.0)

    monkeypatch.setattr(suites, "run", run)
    said = tmp_path / "said"
    with said.open("wb") as file:
        monkeypatch.setattr("native.commands.test.sound", lambda _quiet: file.fileno())
        words = ["test", "lint", "types", "chaos", "--json"]
        ended = CliRunner().invoke(app, words)
    assert ended.exit_code == 0, ended.output
    assert said.read_text().splitlines()[1:] == ["chaos speaks", "— types", "types speaks"]
    assert ran[0] == ("lint", False)
    assert sorted(ran[1:]) == [("chaos", False), ("types", True)]
    reported = [each["suite"] for each in json.loads(ended.stdout)["suites"]]
    assert reported == ["lint", "chaos", "types"]
