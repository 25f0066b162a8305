"""`python -m native.postman.run`: runs the collection with Newman against the running shop.

A tool of the suite `e2e`, on the stack of the tests. A run counts only when every request was
sent, and when a collection with a wrong expectation was found out before. Exit 77 says that Node
or Newman cannot be had here; with `SOUK_NOTHING_LEFT_OUT` that is a failure.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from native import record
from native.node_packages import NoPackages, installed, node
from native.place import CHECKOUT, Place
from native.postman.collection import COLLECTION, environment, requests_in, text
from native.suites import NOT_HERE

PINNED = CHECKOUT / "tests" / "postman"
# Newman's own limits in milliseconds.
RUN_MS, REQUEST_MS = 180_000, 20_000
_PLANTED = "list_categories answers as documented"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Newman reports: the requests it sent, in their order, and what was not as expected."""

    sent: tuple[str, ...]
    assertions: int
    failures: tuple[str, ...]


def newman(tools: Path, pinned: Path = PINNED) -> list[str]:
    """Returns the words that start Newman, installed as the lock file says; raises NoPackages."""
    modules = installed(pinned, tools / "newman")
    return [node(), str(modules / "newman" / "bin" / "newman.js")]


def run(program: Sequence[str], collection: Any, origin: str) -> Outcome:
    """Runs a collection against the shop at `origin`; raises ValueError without a report."""
    with tempfile.TemporaryDirectory() as scratch:
        given, known, report = (Path(scratch) / f"{n}.json" for n in ("given", "known", "report"))
        given.write_text(text(collection), encoding="utf-8")
        known.write_text(text(environment(origin)), encoding="utf-8")
        limits = ["--timeout", str(RUN_MS), "--timeout-request", str(REQUEST_MS)]
        reporters = ["--reporters", "json", "--reporter-json-export", str(report)]
        words = [*program, "run", str(given), "-e", str(known), *limits, *reporters]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if not report.exists():
            raise ValueError(f"Newman ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        return read(json.loads(report.read_text(encoding="utf-8")))


def read(report: Any) -> Outcome:
    """Returns what a report of Newman's says."""
    found = report["run"]
    return Outcome(
        tuple(one["item"]["name"] for one in found["executions"]),
        found["stats"]["assertions"]["total"],
        tuple(_failure(one) for one in found["failures"]),
    )


def _failure(found: Any) -> str:
    said = [found.get("source", {}).get("name"), found["error"].get("test")]
    return ": ".join([*filter(None, said), found["error"]["message"]])


def faults(outcome: Outcome, collection: Any) -> list[str]:
    """Returns what is wrong with a run: failures, requests that were not sent, nothing asserted."""
    wanted = [one["name"] for one in requests_in(collection)]
    left = [f"{name}: was not sent" for name in wanted if name not in outcome.sent]
    few = [] if outcome.assertions >= len(wanted) > 0 else ["fewer assertions than requests"]
    return [*outcome.failures, *left, *few]


def planted(collection: Any) -> Any:
    """Returns one request of the collection, which now expects what never comes."""
    one = next(r for r in requests_in(collection) if _PLANTED in json.dumps(r))
    wrong = json.loads(json.dumps(deepcopy(one)).replace("oneOf([200])", "oneOf([299])"))
    return {"info": collection["info"], "item": [wrong]}


def check(origin: str, tools: Path) -> tuple[int, str]:
    """The exit code and a sentence: 0 all as documented, 1 not, 77 it cannot be told here."""
    collection = json.loads(COLLECTION.read_text(encoding="utf-8"))
    try:
        program = newman(tools)
    except NoPackages as problem:
        return NOT_HERE, f"The Postman collection was not run: {problem}."
    control = run(program, planted(collection), origin)
    if len(control.failures) != 1 or _PLANTED not in control.failures[0]:
        return 1, f"The run is void: a wrong expectation was not found out: {control}"
    outcome = run(program, collection, origin)
    wrong = faults(outcome, collection)
    if wrong:
        return 1, "The Postman collection fails:\n  " + "\n  ".join(wrong)
    return 0, f"{len(outcome.sent)} requests of the Postman collection, all as documented."


def main() -> None:
    """Runs it on the stack that `SOUK_TEST_STACK` names, or else on the one that runs here."""
    place = Place.from_environment()
    found = record.read(Path(os.environ.get("SOUK_TEST_STACK") or place.record))
    if found is None:
        sys.exit("No shop is running here: ./souk up starts one.")
    code, sentence = check(found.gateway_url, place.tools)
    sys.stdout.write(sentence + "\n")
    sys.exit(1 if code == NOT_HERE and os.environ.get("SOUK_NOTHING_LEFT_OUT") else code)


if __name__ == "__main__":
    main()
