"""How a run with Newman is judged, and what is said where there is no Newman."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from native import suites
from native.node_packages import NoPackages
from native.postman import run as newman_run
from native.postman.collection import COLLECTION
from native.postman.run import Outcome, check, faults, newman, planted, read

Json = dict[str, Any]
PAIR: Json = {"info": {}, "item": [{"name": "a", "request": {}}, {"name": "b", "request": {}}]}


def test_a_run_in_which_everything_was_sent_and_asserted_is_good() -> None:
    assert faults(Outcome(("a", "b", "b"), 2, ()), PAIR) == []


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(("a",), 2, ()), ["b: was not sent"]),
        (Outcome(("a", "b"), 2, ("b: wrong",)), ["b: wrong"]),
        (Outcome(("a", "b"), 1, ()), ["fewer assertions than requests"]),
    ],
)
def test_what_is_wrong_with_a_run_is_named(outcome: Outcome, said: list[str]) -> None:
    assert faults(outcome, PAIR) == said


def test_nothing_at_all_is_no_good_run() -> None:
    assert faults(Outcome((), 0, ()), {"item": []}) == ["fewer assertions than requests"]


def test_failures_are_read_from_a_report() -> None:
    failures = [
        {"source": {"name": "a"}, "error": {"test": "answers", "message": "expected 500"}},
        {"source": {"name": "b"}, "error": {"message": "connect ECONNREFUSED"}},
    ]
    stats = {"assertions": {"total": 3}}
    report = {"run": {"executions": [{"item": {"name": "a"}}], "stats": stats}}
    report["run"]["failures"] = failures
    assert read(report) == Outcome(
        ("a",), 3, ("a: answers: expected 500", "b: connect ECONNREFUSED")
    )


def test_the_planted_collection_has_one_request_that_cannot_succeed() -> None:
    found = planted(json.loads(COLLECTION.read_text()))
    assert len(found["item"]) == 1
    assert "oneOf([299])" in json.dumps(found)


def test_without_node_nothing_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    code, sentence = check("http://127.0.0.1:1", tmp_path)
    assert code == suites.NOT_HERE
    assert "no Node.js" in sentence


def test_an_npm_that_cannot_install_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho no registry >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _name: str(npm))
    with pytest.raises(NoPackages, match="no registry"):
        newman(tmp_path / "tools")


@pytest.mark.parametrize("sees", [0, 2])
def test_a_run_that_sees_no_planted_fault_is_void(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sees: int
) -> None:
    blind = Outcome(("x",), 1, ("something else",) * sees)
    monkeypatch.setattr(newman_run, "newman", lambda _tools: ["newman"])
    monkeypatch.setattr(newman_run, "run", lambda *_words: blind)
    code, sentence = check("http://127.0.0.1:1", tmp_path)
    assert code == 1
    assert "void" in sentence


def test_the_collection_is_run_by_the_suite_that_has_the_shop() -> None:
    assert ("python", "-m", "native.postman.run") in suites.TOOLS["e2e"]
    assert "e2e" in suites.ON_THE_SHOP


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((newman_run.PINNED / "package-lock.json").read_text())
    packages = [found for name, found in lock["packages"].items() if name]
    assert len(packages) > 100
    assert all("integrity" in found and "resolved" not in found for found in packages)
