"""actionlint, zizmor and the published schemas find planted faults in the pipelines, no others."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from native.place import CHECKOUT

Bring = Callable[[str], Path]
SCHEMAS = {
    "vendor.gitlab-ci": [".gitlab-ci.yml"],
    "vendor.github-workflows": [".github/workflows/ci.yml", ".github/workflows/images.yml"]
    + [f".github/workflows/{name}.yml" for name in ("deploy", "nightly", "release")],
    "vendor.github-actions": [".github/actions/setup/action.yml"],
    "vendor.dependabot": [".github/dependabot.yml"],
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Both pipelines in a folder of their own, to plant something in."""
    shutil.copytree(CHECKOUT / ".github", tmp_path / ".github")
    shutil.copy(CHECKOUT / ".gitlab-ci.yml", tmp_path)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def said(command: Sequence[object], folder: Path, tools: Path | None = None) -> tuple[int, str]:
    """The exit code and all that a linter said; `tools` is where it finds others, as shellcheck."""
    path = f"{tools}{os.pathsep}{os.environ['PATH']}" if tools else os.environ["PATH"]
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PATH": path},
    )
    return done.returncode, done.stdout + done.stderr


def plant(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, f"{file} no longer has {old}"
    file.write_text(text.replace(old, new, 1))


def actionlint(go_tool: Bring, python_tool: Bring, folder: Path) -> tuple[int, str]:
    shell = python_tool("shellcheck")
    command = [go_tool("actionlint"), "-no-color", "-shellcheck", shell]
    return said(command, folder, shell.parent)


def zizmor(python_tool: Bring, folder: Path) -> tuple[int, str]:
    words = ("--offline", "--persona", "pedantic", "--no-progress", "--quiet")
    return said([python_tool("zizmor"), *words, "."], folder)


def schema(python_tool: Bring, name: str, files: Sequence[str], folder: Path) -> tuple[int, str]:
    told = ["--data-transform", "gitlab-ci"] if name == "vendor.gitlab-ci" else []
    command = [python_tool("check-jsonschema"), "--builtin-schema", name, *told, *files]
    return said(command, folder)


def test_actionlint_and_shellcheck_find_nothing(
    go_tool: Bring, python_tool: Bring, copy: Path
) -> None:
    assert actionlint(go_tool, python_tool, copy) == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-1804", 'label "ubuntu-1804" is unknown'),
        ("matrix.python }}", "matrix.pyhton }}", 'property "pyhton" is not defined'),
        ("        run: |\n", "        run: |\n          cd $SUITES\n", "SC2086"),
        ("  merge_group:", "  merge_grup:", 'unknown Webhook event "merge_grup"'),
    ],
)
def test_actionlint_finds_a_planted_fault(
    go_tool: Bring, python_tool: Bring, copy: Path, old: str, new: str, complaint: str
) -> None:
    plant(copy / ".github/workflows/ci.yml", old, new)
    code, told = actionlint(go_tool, python_tool, copy)
    assert code == 1
    assert complaint in told


def test_zizmor_finds_nothing_even_when_it_is_pedantic(python_tool: Bring, copy: Path) -> None:
    assert zizmor(python_tool, copy)[0] == 0, zizmor(python_tool, copy)[1]


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("ci.yml", "  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
        ("ci.yml", "permissions: {}", "permissions: write-all", "excessive-permissions"),
        (
            "ci.yml",
            "          persist-credentials: false\n",
            "          clean: true\n",
            "artipacked",
        ),
        (
            "release.yml",
            "          jq -s add",
            "          echo ${{ github.event.head_commit.message }}\n          jq -s add",
            "template-injection",
        ),
    ],
)
def test_zizmor_finds_a_planted_fault(
    python_tool: Bring, copy: Path, file: str, old: str, new: str, complaint: str
) -> None:
    plant(copy / ".github/workflows" / file, old, new)
    code, told = zizmor(python_tool, copy)
    assert code != 0
    assert complaint in told


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_kept(python_tool: Bring, name: str) -> None:
    code, told = schema(python_tool, name, SCHEMAS[name], CHECKOUT)
    assert code == 0, told


def test_every_file_of_the_pipelines_has_its_schema() -> None:
    here = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / ".github").rglob("*.yml")}
    checked = {file for files in SCHEMAS.values() for file in files}
    assert here | {".gitlab-ci.yml"} == checked | {".github/zizmor.yml"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    when: on_failure", "    when: on_fail"),
        ("    expire_in: 1 week", "    expires_in: 1 week"),
        ("  parallel:\n", "  paralel:\n"),
    ],
)
def test_gitlabs_schema_finds_a_planted_fault(
    python_tool: Bring, copy: Path, old: str, new: str
) -> None:
    plant(copy / ".gitlab-ci.yml", old, new)
    code, _ = schema(python_tool, "vendor.gitlab-ci", [".gitlab-ci.yml"], copy)
    assert code == 1
