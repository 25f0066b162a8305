"""Reads both public pipelines: their jobs, the actions they use, the `./souk` commands they run.

The tests beside it compare these with the table of pins, with the command line itself, and with
each other. A command is read as it would be typed: matrix variables that name suites are filled in.
"""

import itertools
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
import yaml
from typer.main import get_command

from native.cli import app
from native.place import CHECKOUT

Job = Mapping[str, Any]
USES = re.compile(r"^\s*-?\s*uses:\s*(\S+?)@(\S+)(?:\s+#\s*(\S+))?\s*$", re.MULTILINE)
_SOUK = re.compile(r"(?:^|[\s;&|(])(\./souk [^\n|;>&]*)")
# GitLab's own keywords at the top level; every other key is a job.
KEYWORDS = frozenset({"stages", "default", "variables", "workflow", "include", "spec"})


@dataclass(frozen=True)
class Use:
    """One line `uses: ACTION@COMMIT # VERSION`."""

    action: str
    commit: str
    version: str | None


def workflows(checkout: Path = CHECKOUT) -> dict[str, Any]:
    """Each workflow of GitHub's, by its file's name."""
    files = sorted((checkout / ".github" / "workflows").glob("*.yml"))
    return {file.name: yaml.safe_load(file.read_text()) for file in files}


def uses(checkout: Path = CHECKOUT) -> set[Use]:
    """Every action of others that a workflow or a composite action uses."""
    files = [*(checkout / ".github").rglob("*.yml")]
    return {Use(*found) for file in files for found in USES.findall(file.read_text())}


def gitlab_jobs(checkout: Path = CHECKOUT) -> dict[str, Job]:
    """GitLab's jobs with what they extend folded in; hidden ones are left out."""
    document = yaml.safe_load((checkout / ".gitlab-ci.yml").read_text())
    found = {name: job for name, job in document.items() if name not in KEYWORDS}
    return {name: _extended(found, name) for name in found if not name.startswith(".")}


def _extended(found: Mapping[str, Job], name: str) -> dict[str, Any]:
    parents = found[name].get("extends", [])
    whole: dict[str, Any] = {}
    for parent in [parents] if isinstance(parents, str) else parents:
        whole |= _extended(found, parent)
    return whole | dict(found[name])


def github_commands(checkout: Path = CHECKOUT) -> set[str]:
    """What GitHub's workflows run of `./souk`."""
    found = set()
    for workflow in workflows(checkout).values():
        for job in workflow["jobs"].values():
            matrix = job.get("strategy", {}).get("matrix", {})
            values = [*matrix.get("include", []), matrix]
            suites = [one["suites"] for one in values if "suites" in one]
            scripts = [step["run"] for step in job.get("steps", []) if "run" in step]
            found |= set(_commands(scripts, suites))
    action = yaml.safe_load((checkout / ".github/actions/setup/action.yml").read_text())
    found |= set(_commands([step.get("run", "") for step in action["runs"]["steps"]], []))
    return found


def gitlab_commands(checkout: Path = CHECKOUT) -> set[str]:
    """What GitLab's jobs run of `./souk`."""
    found = set()
    for job in gitlab_jobs(checkout).values():
        entries = job.get("parallel", {}).get("matrix", [])
        suites = [suite for entry in entries for suite in entry.get("SUITES", [])]
        suites += [job["variables"]["SUITES"]] if "SUITES" in job.get("variables", {}) else []
        scripts = [*job.get("before_script", []), *job["script"]]
        found |= set(_commands(scripts, suites))
    return found


def _commands(scripts: list[str], suites: list[str]) -> Iterator[str]:
    for script, suite in itertools.product(scripts, suites or [""]):
        for command in _SOUK.findall(script.replace("\\\n", " ").replace("$SUITES", suite)):
            yield normal(command)


def normal(command: str) -> str:
    """The command with an ellipsis for each value that is the pipeline's own business."""
    words = shlex.split(command)[1:]
    name, *rest = words
    takes_value = {
        option: not getattr(parameter, "is_flag", False)
        for parameter in parameters(name)
        for option in parameter.opts
        if option.startswith("--")
    }
    told: list[str] = []
    is_value = False
    for word in rest:
        own = is_value or "$" in word
        told.append("…" if own and not word.replace(".", "").isdigit() else word)
        is_value = takes_value.get(word, False)
    return " ".join([name, *told])


def parameters(name: str) -> list[Any]:
    """The arguments and options of a command of `./souk`; none for one that is not there."""
    group: Any = get_command(app)
    found = group.get_command(typer.Context(group), name)
    return list(found.params) if found else []
