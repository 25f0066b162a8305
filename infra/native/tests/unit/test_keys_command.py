"""`./souk keys rotate` runs auth's own command on the running shop's database."""

import subprocess
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from native.cli import app
from native.commands import keys


@pytest.mark.parametrize("status", [0, 1])
def test_the_command_is_auths_and_its_status_too(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    ran: list[tuple[Any, str]] = []

    def run(command: Any, *, env: dict[str, str], check: bool) -> SimpleNamespace:
        ran.append((command[1:], env["SOUK_DATABASE_URL"]))
        return SimpleNamespace(returncode=status)

    stack = SimpleNamespace(databases={"auth": "postgresql://auth"})
    monkeypatch.setattr(keys, "running_stack", lambda: stack)
    monkeypatch.setattr(subprocess, "run", run)
    assert CliRunner().invoke(app, ["keys", "rotate"]).exit_code == status
    assert ran == [(("-m", "auth.keys", "rotate"), "postgresql://auth")]


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "running_stack", lambda: pytest.fail("nothing should be asked"))
    assert CliRunner().invoke(app, ["keys", "burn"]).exit_code == 2
