"""A test run counts every test, and a suite that went quiet is a failure."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from native import suites
from native.cli import COMMANDS, app
from native.counting import Counting
from native.suites import ON_DEMAND, ON_SERVERS, SUITES, folders, judge


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

    async def execute(_command: object, environment: Mapping[str, str], _sound: int) -> int:
        told.append(environment["SOUK_TEST_STACK"])
        return 0

    monkeypatch.setattr(suites, "TOOLS", {})
    monkeypatch.setattr(suites, "_execute", execute)
    await suites.run(suite, {"SOUK_TEST_STACK": "record"}, quiet=True)
    assert told == ["record", second]
