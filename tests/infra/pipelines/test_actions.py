"""GitHub's workflows take only pinned code, only the rights they need, and limited time."""

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from native.place import CHECKOUT
from tests.infra.pipelines.reading import uses, workflows

TABLE = CHECKOUT / "infra" / "pipelines" / "actions.toml"
# The only jobs that may write, and what.
MAY_WRITE = {
    ("images.yml", "publish"): {"packages", "id-token", "security-events"},
    ("deploy.yml", "images"): {"packages", "id-token", "security-events"},
    ("release.yml", "images"): {"packages", "id-token", "security-events"},
    ("release.yml", "publish"): {"contents"},
    ("nightly.yml", "benchmarks"): {"contents"},
}
LONGEST = 120  # minutes


def unpinned(checkout: Path) -> Iterator[str]:
    """What is used otherwise than the table says, and what the table says in vain."""
    table = tomllib.loads(TABLE.read_text())
    found = uses(checkout)
    for use in found:
        row = table.get(use.action)
        if row is None:
            yield f"{use.action} is not in the table"
        elif (use.commit, use.version) != (row["commit"], row["version"]):
            yield f"{use.action} is used at {use.commit} # {use.version}"
        elif not re.fullmatch(r"[0-9a-f]{40}", use.commit):
            yield f"{use.action}: {use.commit} is no commit"
    yield from (f"{name} is used nowhere" for name in set(table) - {use.action for use in found})


def too_powerful(checkout: Path) -> Iterator[str]:
    """Workflows with rights of their own, and jobs with more than the table above has for them."""
    for file, workflow in workflows(checkout).items():
        if workflow.get("permissions") != {}:
            yield f"{file} gives every job a right"
        for name, job in workflow["jobs"].items():
            rights = job.get("permissions")
            if rights is None or isinstance(rights, str):
                yield f"{file}: {name} does not say its rights"
                continue
            written = {right for right, level in rights.items() if level == "write"}
            if written != MAY_WRITE.get((file, name), set()):
                yield f"{file}: {name} may write {sorted(written)}"


def endless(checkout: Path) -> Iterator[str]:
    """Jobs without a limit in time, and workflows without a group of which one runs."""
    for file, workflow in workflows(checkout).items():
        if "concurrency" not in workflow:
            yield f"{file} has no concurrency group"
        for name, job in workflow["jobs"].items():
            if "uses" not in job and not 0 < job.get("timeout-minutes", 0) <= LONGEST:
                yield f"{file}: {name} has no limit"


def careless(checkout: Path) -> Iterator[str]:
    """Checkouts that leave the token behind, and untrusted text put into a script."""
    for file, workflow in workflows(checkout).items():
        for name, job in workflow["jobs"].items():
            for step in job.get("steps", []):
                checks_out = step.get("uses", "").startswith("actions/checkout@")
                if checks_out and step.get("with", {}).get("persist-credentials") is not False:
                    yield f"{file}: {name} keeps the token in the checkout"
                if "${{" in step.get("run", ""):
                    yield f"{file}: {name} puts an expression into a script"


Rule = Callable[[Path], Iterator[str]]
CHECKOUT_LINE = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
FAULTS: list[tuple[Rule, str, str, str]] = [
    (unpinned, "ci.yml", CHECKOUT_LINE, "actions/checkout@v7 # v7.0.1"),
    (unpinned, "ci.yml", CHECKOUT_LINE, "actions/checkout@" + "0" * 40 + " # v7.0.1"),
    (unpinned, "ci.yml", CHECKOUT_LINE, "somebody/else@" + "0" * 40 + " # v1"),
    (unpinned, "deploy.yml", "helm/kind-action@", "actions/cache@"),
    (too_powerful, "ci.yml", "permissions: {}", "permissions: write-all"),
    (too_powerful, "ci.yml", "      contents: read", "      contents: write"),
    (too_powerful, "nightly.yml", "    permissions:\n      contents: read\n", ""),
    (endless, "ci.yml", "    timeout-minutes: 15\n", ""),
    (endless, "nightly.yml", "concurrency:", "name-of-something-else:"),
    (careless, "deploy.yml", "persist-credentials: false", "persist-credentials: true"),
    (careless, "nightly.yml", '$GITHUB_RUN_NUMBER" --minutes', '${{ github.head_ref }}" --minutes'),
]


@pytest.mark.parametrize("rule", [unpinned, too_powerful, endless, careless])
def test_the_workflows_keep_the_rule(rule: Rule) -> None:
    assert list(rule(CHECKOUT)) == []


@pytest.mark.parametrize(("rule", "file", "old", "new"), FAULTS)
def test_a_planted_fault_is_caught(
    rule: Rule, file: str, old: str, new: str, tmp_path: Path
) -> None:
    shutil.copytree(CHECKOUT / ".github", tmp_path / ".github")
    planted = tmp_path / ".github" / "workflows" / file
    text = planted.read_text()
    assert old in text
    planted.write_text(text.replace(old, new, 1))
    assert len(list(rule(tmp_path))) >= 1
