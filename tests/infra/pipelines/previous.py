"""The version before: which commit that is, and its own tests, run on the newest schema.

During a roll-out, and after a roll-back, pods of that version meet tables that later migrations
have changed. `test_previous_version.py` brings this about: that version's code and integration
tests from the history, today's servers and packages, and a database that today's migrations filled.
"""

import asyncio
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from native.place import CHECKOUT
from native.testing import Engines

PLUGIN = Path(__file__).parent / "plugin"
SECONDS = 300
# The one compares the tables with those that its code describes; newer ones are meant to differ.
# The others have hundreds meet at once, which on a busy machine says something of the machine.
LEFT_OUT = "not the_migrations_make_the_tables_that_the_code_describes and not test_races"
# Enough to see what is known to fail: whole processes, which are waited for, fail in the same way.
BRIEFLY = f"{LEFT_OUT} and not process"
# What a connection is waited for in vain with: the machine is busy, and no statement was refused.
BUSY = "QueuePool limit of size"


class NoHistory(Exception):
    """The checkout does not have the commits that this needs."""


@dataclass(frozen=True)
class Before:
    """The version before a service's newest migrations."""

    service: str
    commit: str
    new_revisions: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """How its tests went; `told` is what those said that failed."""

    passed: int
    failed: tuple[str, ...]
    told: str


def before(service: str) -> Before:
    """The last release; before there is one, the parent of the service's last new migration.

    Raises:
        NoHistory: git does not know, as in a shallow clone.
    """
    versions = f"services/{service}/migrations/versions"
    tag = _git("tag", "--list", "v*", "--merged", "HEAD", "--sort=-v:refname").split()
    if tag:
        commit = tag[0]
    else:
        added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", f"{versions}/*.py")
        commit = _git("rev-parse", "--verify", f"{added}^")
    old = set(_git("ls-tree", "--name-only", commit, f"{versions}/").split())
    now = set(_git("ls-tree", "--name-only", "HEAD", f"{versions}/").split())
    names = sorted(Path(path).name for path in now - old)
    return Before(service, commit, tuple(name.partition("_")[0] for name in names))


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise NoHistory(f"git {' '.join(words[:2])}: {done.stderr.strip()}")
    return done.stdout.strip()


def check_out(commit: str, folder: Path) -> None:
    """That version's files, without touching this checkout."""
    packed = subprocess.run(
        ["git", "archive", commit], cwd=CHECKOUT, capture_output=True, check=True, timeout=60
    )
    unpack = ["tar", "-x", "-C", str(folder)]
    subprocess.run(unpack, input=packed.stdout, check=True, timeout=60)


async def run(
    old: Before, folder: Path, engines: Engines, database: str, *, most: int, tests: str = LEFT_OUT
) -> Run:
    """Run that version's integration tests on `database`; stop after `most` failures.

    What failed runs once more by itself: a schema that does not fit fails again, a race that a busy
    machine has lost does not.
    """
    report = folder / "report.xml"
    settings = _environment(folder) | _servers(old, engines, database)
    words = ["-m", "pytest", "-q", "-p", "newest_schema", "-k", tests, f"--maxfail={most}"]
    words += ["--continue-on-collection-errors", f"--junitxml={report}"]
    words += ["-o", f"cache_dir={folder / 'cache'}"]
    words += [f"services/{old.service}/tests/integration"]
    first = _read(report, await _pytest(words, folder, settings))
    if not first.failed or tests == BRIEFLY:
        return first
    again = _read(report, await _pytest([*words, "--last-failed"], folder, settings))
    return Run(first.passed + again.passed, again.failed, again.told)


async def _pytest(words: list[str], folder: Path, settings: dict[str, str]) -> str:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, *words),
        cwd=folder,
        env=settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(child.communicate(), SECONDS)
    finally:
        if child.returncode is None:
            child.kill()
    return said.decode(errors="replace")


def _environment(folder: Path) -> dict[str, str]:
    """That version's code comes before what is installed; nothing is known of this run's stack."""
    members = [*folder.glob("libs/*"), *folder.glob("services/*"), folder / "gateway"]
    sources = [member / "src" for member in (*members, folder / "infra" / "native")]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("SOUK_")}
    return settings | {"PYTHONPATH": os.pathsep.join(map(str, [PLUGIN, *sources]))}


def _servers(old: Before, engines: Engines, database: str) -> dict[str, str]:
    told = {
        "postgres_admin_dsn": engines.postgres_admin_dsn,
        "redis_url": engines.redis_url,
        "kafka_bootstrap": engines.kafka_bootstrap,
        "mongo_url": engines.mongo_url,
        "templates": {old.service: database.rpartition("/")[2]},
    }
    return {"SOUK_NEWEST": json.dumps(told)}


def _read(report: Path, said: str) -> Run:
    if not report.exists():
        return Run(0, ("pytest",), said)
    passed, failed, told = 0, [], []
    for case in ET.parse(report).iter("testcase"):
        wrong = [part for part in case if part.tag in ("failure", "error")]
        if not wrong or _says_nothing(wrong[0]):
            passed += not wrong and case.find("skipped") is None
            continue
        failed.append(str(case.get("name")))
        told += [f"{part.get('message')}\n{part.text}" for part in wrong]
    return Run(passed, tuple(failed), "\n".join(told))


def _says_nothing(problem: ET.Element) -> bool:
    """Whether it is no word on the schema: a file that could not be read even then, or BUSY."""
    message = problem.get("message") or ""
    return "collection failure" in message or BUSY in message
