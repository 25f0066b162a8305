"""A tool that checks is brought once, pinned; one that cannot be brought says why."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from native import toolbox
from native.toolbox import GO_TOOLS, LOCK, ToolMissing

GO = """#!/bin/sh
echo "$@" >>{log}
mkdir -p "$GOBIN" && : >"$GOBIN/kustomize" && chmod +x "$GOBIN/kustomize"
"""
UV = """#!/bin/sh
echo "$@" >>{log}
case $1 in venv) for last; do :; done; mkdir -p "$last/bin" && : >"$last/bin/python";; esac
case $1 in pip) : >"$VIRTUAL_ENV/bin/checkov";; esac
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of its own beside the system's shell tools, and empty tools."""
    monkeypatch.setenv("SOUK_TOOLS", str(tmp_path / "tools"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def plant(folder: Path, name: str, text: str) -> Path:
    log = folder / f"{name}.log"
    program = folder / name
    program.write_text(text.format(log=log))
    program.chmod(0o755)
    return log


def test_a_go_tool_is_built_once_from_its_pinned_module(programs: Path) -> None:
    log = plant(programs, "go", GO)
    first, second = toolbox.go_tool("kustomize"), toolbox.go_tool("kustomize")
    assert first == second
    assert log.read_text().splitlines() == ["install " + "@".join(GO_TOOLS["kustomize"])]


def test_two_that_want_a_tool_at_once_build_it_once(programs: Path) -> None:
    log = plant(programs, "go", GO)
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(toolbox.go_tool, ["kustomize"] * 2))
    assert found[0] == found[1]
    assert len(log.read_text().splitlines()) == 1


def test_a_module_that_cannot_be_built_says_why(programs: Path) -> None:
    plant(programs, "go", "#!/bin/sh\necho no such module >&2; exit 1\n")
    with pytest.raises(ToolMissing, match="no such module"):
        toolbox.go_tool("kustomize")


def test_without_go_the_tool_is_missing(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(ToolMissing, match="go is not on the PATH"):
        toolbox.go_tool("kustomize")


def test_the_second_environment_is_made_once_and_anew_when_the_lock_changes(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = plant(programs, "uv", UV)
    lock = programs / "requirements.lock"
    lock.write_text("checkov==3")
    monkeypatch.setattr(toolbox, "LOCK", lock)
    assert toolbox.python_tool("checkov").exists()
    toolbox.python_tool("checkov")
    assert len(log.read_text().splitlines()) == 2
    lock.write_text("checkov==4")
    toolbox.python_tool("checkov")
    assert len(log.read_text().splitlines()) == 4
    with pytest.raises(ToolMissing, match="brings no program zizmor"):
        toolbox.python_tool("zizmor")


def test_uv_is_found_where_souk_has_installed_it_and_else_on_the_path(programs: Path) -> None:
    plant(programs, "uv", UV)
    assert toolbox.uv() == str(programs / "uv")
    for place in ("uv/bin", "bin"):
        folder = programs / "tools" / place
        folder.mkdir(parents=True)
        plant(folder, "uv", UV)
        assert toolbox.uv() == str(folder / "uv")


def test_a_broken_installation_is_not_taken_for_a_whole_one(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(programs, "uv", UV.replace("case $1 in pip) : >", "case $1 in pip) exit 1; : >"))
    for _ in range(2):
        with pytest.raises(ToolMissing, match="pip install"):
            toolbox.python_tool("checkov")


@pytest.mark.parametrize(("value", "meant"), [("", False), ("0", False), ("1", True)])
def test_the_pipeline_may_require_every_tool(
    value: str, meant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUK_INFRA_REQUIRED", value)
    assert toolbox.required() is meant


def test_every_version_is_pinned_and_every_package_has_its_hashes() -> None:
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", version) for _, version in GO_TOOLS.values())
    text = LOCK.read_text()
    assert "--index-url" not in text
    wanted = [line.split("[")[0] for line in LOCK.with_suffix(".in").read_text().splitlines()]
    for name in (word for word in wanted if word and not word.startswith("#")):
        assert re.search(
            rf"^{name}(\[[a-z0-9,]+\])?==\S+ .*\\\n +--hash=sha256:", text, re.MULTILINE
        ), name
