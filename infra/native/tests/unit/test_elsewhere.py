"""A suite that cannot run here says why, and nobody takes it for one that passed."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from native.cli import app
from native.elsewhere import ClusterMissing, why_not


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder is all of the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SOUK_KUBECONFIG", raising=False)
    return tmp_path


def test_a_suite_without_needs_runs_everywhere() -> None:
    assert why_not("unit") is None


def test_compose_needs_an_engine_that_answers(tools: Path) -> None:
    assert "no docker on the PATH" in str(why_not("compose"))
    program(tools, "docker", "exit 1")
    assert "no container engine answers" in str(why_not("compose"))
    program(tools, "docker", '[ "$1" = version ]')
    assert "neither docker compose nor docker-compose" in str(why_not("compose"))
    program(tools, "docker", "echo 28.2.2")
    assert why_not("compose") is None
    program(tools, "docker", '[ "$1" = version ]')
    program(tools, "docker-compose", "exit 0")
    assert why_not("compose") is None


def test_kubernetes_needs_a_cluster_that_was_named_and_answers(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--kubeconfig FILE" in str(why_not("k8s"))
    file = tools / "kubeconfig"
    monkeypatch.setenv("SOUK_KUBECONFIG", str(file))
    with pytest.raises(ClusterMissing, match=f"there is no file {file}"):
        why_not("k8s")
    file.touch()
    with pytest.raises(ClusterMissing, match="no kubectl on the PATH"):
        why_not("k8s")
    program(tools, "kubectl", "exit 1")
    with pytest.raises(ClusterMissing, match="no cluster answers"):
        why_not("k8s")
    program(tools, "kubectl", 'test "$1 $3 $5" = "--kubeconfig get /readyz"')
    assert why_not("k8s") is None


def test_the_command_ends_with_77_when_a_named_suite_could_not_run(tools: Path) -> None:
    result = CliRunner().invoke(app, ["test", "k8s", "--json"])
    assert result.exit_code == 77
    told = json.loads(result.stdout)
    assert (told["passed"], told["failed"]) == (0, 0)
    assert told["suites"][0]["left_out"] is True


def test_a_cluster_that_is_named_and_not_there_is_a_failure_and_nothing_left_out(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUK_KUBECONFIG", "")
    words = ["test", "k8s", "--kubeconfig", str(tools / "none"), "--json"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["passed"], told["failed"]) == (0, 1)
    assert told["suites"][0]["left_out"] is False
    assert os.environ["SOUK_KUBECONFIG"] == str(tools / "none")
