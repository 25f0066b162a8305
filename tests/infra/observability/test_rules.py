"""Each alert fires when it should, is quiet otherwise, and leads to a page that helps."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from native.place import CHECKOUT
from tests.infra.observability.exported import (
    HERE,
    OF_PROMETHEUS,
    alerts,
    engines,
    exported,
    named_in,
    recorded,
    rules,
)

PAGES = CHECKOUT / "docs" / "runbooks"
TESTS = sorted((HERE / "tests").glob("*.yaml"))
# What somebody who is woken looks for on a page, in this order.
PARTS = ("## What it means", "## Look first", "## What to do", "## Afterwards")


def tried(promtool: Path, path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(promtool), "test", "rules", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_the_rules_do_what_their_tests_say(promtool: Path, path: Path) -> None:
    done = tried(promtool, path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "wrong", "instead"),
    [
        ("slo", "* 0.001", "* 0.9"),
        ("messages", "outbox_oldest_seconds) > 60", "outbox_oldest_seconds) > 6000"),
        ("services", "gateway_breaker_state) == 2", "gateway_breaker_state) == 1"),
        ("engines", "> 0.9", "> 0.99"),
    ],
)
def test_a_rule_that_was_spoilt_is_noticed(
    promtool: Path, tmp_path: Path, name: str, wrong: str, instead: str
) -> None:
    shutil.copytree(HERE / "tests", tmp_path / "tests")
    shutil.copytree(HERE / "rules", tmp_path / "rules")
    spoilt = tmp_path / "rules" / f"{name}.yaml"
    text = spoilt.read_text()
    assert wrong in text
    spoilt.write_text(text.replace(wrong, instead))
    done = tried(promtool, tmp_path / "tests" / f"{name}.yaml")
    assert done.returncode != 0


def test_every_alert_is_seen_to_fire_in_a_test() -> None:
    expected = set()
    for path in TESTS:
        expected |= set(re.findall(r'alertname="(\w+)"', path.read_text()))
    assert {alert["alert"] for alert in alerts()} == expected


def test_every_metric_of_a_rule_is_one_that_somebody_exports() -> None:
    known = exported() | engines().keys() | recorded() | OF_PROMETHEUS
    for rule in rules():
        assert named_in(rule["expr"]) <= known, rule


def test_every_alert_leads_to_a_page_and_every_page_is_led_to() -> None:
    named = {alert["annotations"]["runbook"] for alert in alerts()}
    pages = {f"docs/runbooks/{p.name}" for p in PAGES.glob("*.md") if p.stem != "README"}
    assert named == pages


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_a_page_names_its_alert_and_says_what_to_do(alert: dict[str, dict[str, str]]) -> None:
    text = (CHECKOUT / alert["annotations"]["runbook"]).read_text()
    assert f"`{alert['alert']}`" in text
    places = [text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_how_urgent_it_is_and_what_happens(alert: dict[str, dict[str, str]]) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"]


def test_the_configuration_names_files_that_are_there() -> None:
    config = yaml.safe_load((HERE / "prometheus.yaml").read_text())
    for pattern in config["rule_files"]:
        assert list(HERE.glob(pattern))
