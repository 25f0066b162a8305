"""Both pipelines have each part that a change passes on its way, in the order that counts.

What a linter cannot know: that what is published is signed and scanned, that nothing is deployed
unverified, that a pull request sells something on a cluster, and that a night has its four parts.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from native.place import CHECKOUT
from tests.infra.pipelines.reading import Job, gitlab_jobs, workflows

NIGHT = ("./souk chaos", "./souk simulate", "./souk readme", "./souk bench --json")


def steps(job: Mapping[str, Any]) -> list[str]:
    """What a job of GitHub's does, a line a step: the action, or the script."""
    return [str(step.get("uses", step.get("run", ""))) for step in job.get("steps", ())]


def script(job: Job) -> list[str]:
    """What a job of GitLab's does."""
    return [*job.get("before_script", ()), *job["script"]]


def in_order(lines: list[str], *parts: str) -> bool:
    """Whether each part is in a line after the one before."""
    found = 0
    for line in lines:
        while found < len(parts) and parts[found] in line:
            line = line.partition(parts[found])[2]
            found += 1
    return found == len(parts)


def missing(checkout: Path = CHECKOUT) -> Iterator[str]:
    """Every part that is not there, or not where it has to be."""
    hub, lab = workflows(checkout), gitlab_jobs(checkout)
    yield from _images(hub["images.yml"]["jobs"], lab)
    yield from _deploy(hub["deploy.yml"], lab)
    yield from _rest(hub, lab)
    action = yaml.safe_load((checkout / ".github/actions/setup/action.yml").read_text())
    if not in_order(steps(action["runs"]), "actions/cache@", "./souk doctor"):
        yield "no cache"
    for file, workflow in hub.items():
        for name, job in workflow["jobs"].items():
            first = [n for n, line in enumerate(steps(job)) if "./souk" in line]
            if first and "./.github/actions/setup" not in steps(job)[: first[-1]]:
                yield f"{file}: {name} is not set up"


def _images(hub: Mapping[str, Any], lab: Mapping[str, Job]) -> Iterator[str]:
    signed = "--push --sign --bases bases.json"
    if not in_order(steps(hub["bases"]), "--pin bases.json"):
        yield "GitHub pins no base"
    if not in_order(steps(hub["publish"]), "cosign-installer@", signed, "anchore/scan-action@"):
        yield "GitHub publishes unsigned or unscanned"
    if not in_order(steps(hub["check"]), "./souk images", "anchore/scan-action@"):
        yield "GitHub does not scan a pull request's images"
    scans = [s["with"] for job in hub.values() for s in job["steps"] if "scan-action" in str(s)]
    scans = [given for given in scans if "severity-cutoff" in given]
    if [given["severity-cutoff"] for given in scans] != ["high", "high"]:
        yield "GitHub lets a known hole through"
    if "--pin bases.json" not in str(script(lab["bases"])):
        yield "GitLab pins no base"
    if not in_order(script(lab["publish"]), "cosign", signed, "grype", "--fail-on high"):
        yield "GitLab publishes unsigned or unscanned"
    if not in_order(script(lab["images-check"]), "./souk images", "--fail-on high"):
        yield "GitLab does not scan a merge request's images"


def _deploy(hub: Mapping[Any, Any], lab: Mapping[str, Job]) -> Iterator[str]:
    jobs = hub["jobs"]
    # YAML 1.1 reads the key `on` as true.
    if hub[True]["pull_request"] is not None or "if" in jobs["kind"]:
        yield "not every pull request is deployed to a cluster"
    if not in_order(steps(jobs["kind"]), "./souk images", "helm/kind-action@", "./souk test k8s"):
        yield "GitHub tries no cluster"
    if not in_order(script(lab["kind"]), "kind create cluster", "./souk test k8s"):
        yield "GitLab tries no cluster"
    if set(jobs["staging"]["needs"]) != {"kind", "images"} or jobs["images"]["needs"] != "tests":
        yield "GitHub deploys what was not tested"
    if not in_order(steps(jobs["staging"]), "cosign verify", "./souk deploy staging"):
        yield "GitHub deploys what nobody verified"
    for name in ("staging", "production"):
        if not in_order(script(lab[name]), "cosign verify", f"./souk deploy {name}"):
            yield f"GitLab deploys to {name} what nobody verified"


def _rest(hub: Mapping[str, Any], lab: Mapping[str, Job]) -> Iterator[str]:
    ci, night = hub["ci.yml"]["jobs"], hub["nightly.yml"]["jobs"]
    if "macos" not in str(ci["quick"]["strategy"]) or "macos" not in str(ci["native"]["strategy"]):
        yield "GitHub tests nothing on macOS"
    if not {"quick-macos", "native-macos", "compose"} <= lab.keys() or "compose" not in ci:
        yield "macOS or containers are left out"
    ours = [line for job in night.values() for line in steps(job)]
    theirs = [line for name, job in lab.items() if name[:7] == "nightly" for line in script(job)]
    for part in NIGHT:
        for who, lines in (("GitHub", ours), ("GitLab", theirs)):
            if not any(part in line for line in lines):
                yield f"{who}'s night has no {part}"
    if not in_order(steps(night["benchmarks"]), "./souk bench", "branch=benchmarks"):
        yield "GitHub keeps no history of benchmarks"
    if lab["nightly-benchmarks"]["artifacts"]["expire_in"] != "never":
        yield "GitLab keeps no history of benchmarks"
    if hub["release.yml"]["jobs"]["images"]["needs"] != "tests":
        yield "GitHub releases what was not tested"


def test_every_part_is_there() -> None:
    assert list(missing()) == []


HUB, LAB = ".github/workflows/", ".gitlab-ci.yml"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (HUB + "images.yml", "--push --sign", "--push", "GitHub publishes"),
        (HUB + "images.yml", "severity-cutoff: high", "severity-cutoff: critical", "GitHub lets"),
        (HUB + "deploy.yml", "[kind, images]", "[images]", "GitHub deploys what was not tested"),
        (HUB + "deploy.yml", "cosign verify --output", "echo --output", "GitHub deploys what nob"),
        (HUB + "deploy.yml", "  pull_request:\n", "  pull_request: {paths: [x]}\n", "not every"),
        (HUB + "nightly.yml", "./souk simulate", "echo", "GitHub's night"),
        (HUB + "nightly.yml", "branch=benchmarks", "branch=main", "GitHub keeps no history"),
        (HUB + "ci.yml", "ubuntu-24.04-arm, macos-15]", "ubuntu-24.04-arm]", "GitHub tests noth"),
        (".github/actions/setup/action.yml", "actions/cache@", "actions/no@", "no cache"),
        (LAB, "--push --sign", "--push", "GitLab publishes"),
        (LAB, "cosign verify", "echo", "GitLab deploys to staging"),
        (LAB, "    - ./souk readme\n", "    - echo\n", "GitLab's night has no ./souk readme"),
        (LAB, "    expire_in: never", "    expire_in: 1 week", "GitLab keeps no history"),
    ],
)
def test_a_part_that_is_taken_out_is_missed(
    file: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    shutil.copytree(CHECKOUT / ".github", tmp_path / ".github")
    shutil.copy(CHECKOUT / LAB, tmp_path)
    text = (tmp_path / file).read_text()
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new))
    assert any(line.startswith(said) for line in missing(tmp_path)), list(missing(tmp_path))
