"""The check of the requests to Stripe says when it cannot be made, and fails when one is wrong."""

import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from native import stripe_mock as checked
from native import suites
from native.stripe_mock import NoStripeMock, check, running, stripe_mock


def test_it_is_a_tool_of_the_suite_contract() -> None:
    assert ("python", "-m", "native.stripe_mock") in suites.TOOLS["contract"]
    assert checked.CHECKS.exists()


def test_without_go_it_says_that_it_was_not_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    code, sentence = check(tmp_path)
    assert code == suites.NOT_HERE
    assert "there is no Go" in sentence


def test_a_go_that_cannot_install_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go = program(tmp_path / "go", "echo no proxy >&2; exit 1")
    monkeypatch.setattr(shutil, "which", lambda _name: str(go))
    with pytest.raises(NoStripeMock, match="no proxy"):
        stripe_mock(tmp_path / "tools")


def test_what_is_installed_is_not_installed_again(tmp_path: Path) -> None:
    there = tmp_path / "stripe-mock" / checked.VERSION / "stripe-mock"
    there.parent.mkdir(parents=True)
    there.touch()
    assert stripe_mock(tmp_path) == there


def test_a_program_that_ends_at_once_does_not_start(tmp_path: Path) -> None:
    broken = program(tmp_path / "stripe-mock", "exit 1")
    with pytest.raises(NoStripeMock, match="does not start"), running(broken):
        pass


@pytest.mark.parametrize(("body", "code"), [("assert True", 0), ("assert False", 1)])
def test_a_check_that_fails_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, code: int
) -> None:
    checks = tmp_path / "checks.py"
    checks.write_text(f"def test_it():\n    {body}\n")

    @contextmanager
    def at_once(_program: Path) -> Iterator[str]:
        yield "http://127.0.0.1:1"

    # What is installed for other tests would cost this one a second.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(checked, "CHECKS", checks)
    monkeypatch.setattr(checked, "running", at_once)
    monkeypatch.setattr(checked, "stripe_mock", lambda _tools: tmp_path)
    assert check(tmp_path)[0] == code


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
