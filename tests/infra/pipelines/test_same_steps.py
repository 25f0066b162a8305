"""A laptop, GitHub and GitLab do the same: `./souk` commands that exist as they are called."""

import shutil
from pathlib import Path

import pytest
import yaml

from native.cli import COMMANDS
from native.delivery.images import dockerfiles
from native.place import CHECKOUT
from native.suites import ON_DEMAND, SUITES
from tests.infra.pipelines.reading import (
    github_commands,
    gitlab_commands,
    gitlab_jobs,
    normal,
    parameters,
    workflows,
)

# Which stage of GitLab's does what each workflow of GitHub's does.
STAGES = {
    "ci.yml": {"check"},
    "images.yml": {"images"},
    "deploy.yml": {"deploy", "staging", "production"},
    "nightly.yml": {"nightly"},
    "release.yml": {"release"},
}


def mistakes(command: str) -> list[str]:
    """What is wrong with a command as it is called: its name, an option, a suite."""
    name, *words = command.split()
    if name not in COMMANDS:
        return [f"there is no ./souk {name}"]
    known = {option for parameter in parameters(name) for option in parameter.opts}
    wrong = [f"./souk {name} has no {w}" for w in words if w.startswith("--") and w not in known]
    if name == "test":
        options = [n for n, word in enumerate(words) if word.startswith("--")]
        suites = words[: options[0]] if options else words
        wrong += [f"no such suite: {s}" for s in suites if s not in SUITES + ON_DEMAND]
    return wrong


def test_both_pipelines_run_the_same_commands() -> None:
    assert github_commands() == gitlab_commands()


def test_every_command_exists_as_it_is_called() -> None:
    assert [wrong for command in sorted(github_commands()) for wrong in mistakes(command)] == []


def test_every_suite_is_in_the_pipelines() -> None:
    words = {word for command in github_commands() for word in command.split()}
    assert set(SUITES + ON_DEMAND) <= words


def test_both_pipelines_have_the_same_stages() -> None:
    assert set(STAGES) == set(workflows())
    stages = yaml.safe_load((CHECKOUT / ".gitlab-ci.yml").read_text())["stages"]
    assert set(stages) == set().union(*STAGES.values())
    assert {job["stage"] for job in gitlab_jobs().values()} == set(stages)


def test_both_pipelines_publish_every_image_of_the_shop() -> None:
    shop = sorted(set(dockerfiles()) - {"operator"})
    jobs = workflows()["images.yml"]["jobs"]
    for job in ("check", "publish"):
        assert sorted(jobs[job]["strategy"]["matrix"]["image"]) == shop
    for job in ("images-check", "publish"):
        assert sorted(gitlab_jobs()[job]["parallel"]["matrix"][0]["IMAGE"]) == shop


def test_every_job_on_gitlab_has_a_limit_in_time() -> None:
    document = yaml.safe_load((CHECKOUT / ".gitlab-ci.yml").read_text())
    assert document["default"]["timeout"] == "1 hour"


def test_production_waits_for_somebody_on_both() -> None:
    production = workflows()["deploy.yml"]["jobs"]["production"]
    assert production["environment"]["name"] == "production"
    assert production["needs"] == "staging"
    assert any(rule.get("when") == "manual" for rule in gitlab_jobs()["production"]["rules"])


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("tets unit", "there is no ./souk tets"),
        ("test unti", "no such suite: unti"),
        ("chaos --minuets 60", "./souk chaos has no --minuets"),
    ],
)
def test_a_command_that_is_not_there_is_found(command: str, complaint: str) -> None:
    assert mistakes(normal(f"./souk {command}")) == [complaint]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("./souk test unit simulation contract api", "./souk test unit"),
        ("--minutes 60", "--minutes 6"),
        ('--url "$GATEWAY_URL" --look-only', '--url "$GATEWAY_URL"'),
        ("    - ./souk simulate", "    - echo"),
    ],
)
def test_a_step_that_only_one_pipeline_has_is_found(old: str, new: str, tmp_path: Path) -> None:
    text = (CHECKOUT / ".gitlab-ci.yml").read_text()
    assert old in text
    shutil.copytree(CHECKOUT / ".github", tmp_path / ".github")
    (tmp_path / ".gitlab-ci.yml").write_text(text.replace(old, new))
    assert github_commands(tmp_path) != gitlab_commands(tmp_path)
