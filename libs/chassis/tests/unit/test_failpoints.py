"""Failpoints: what they are told, what they do, and that the list of names is the whole truth."""

import ast
import re
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from chassis import failpoints
from chassis.failpoints import CRASHED, POINTS, Action, Fault, parse
from chassis.settings import ServiceSettings

ROOT = Path(__file__).parents[4]
PRODUCT = ("libs/*/src", "services/*/src", "gateway/src")


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm({})


def names_in(text: str) -> list[str]:
    """The names that a source passes to `failpoints.hit`."""
    return [
        ast.literal_eval(call.args[0])
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "failpoints.hit"
    ]


def test_the_code_passes_every_listed_name_and_no_other() -> None:
    files = (path for place in PRODUCT for src in ROOT.glob(place) for path in src.rglob("*.py"))
    texts = (text for path in files if "failpoints" in (text := path.read_text()))
    assert set(POINTS) == {name for text in texts for name in names_in(text)}


# Both have points around their commits; the others are a schema's, and the other side's own.
COMMITTING = {"unit_of_work.py", "database.py", "migrations.py", "simulated_provider.py"}


def commits_in(text: str) -> list[str]:
    """The calls of a source that end a transaction of PostgreSQL."""
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    pattern = r"(engine\.begin|connection\.(begin|commit))$"
    return [said for call in calls if re.search(pattern, said := ast.unparse(call))]


def test_nothing_commits_where_no_point_is() -> None:
    with_stores = PRODUCT[:2]
    files = (p for place in with_stores for src in ROOT.glob(place) for p in src.rglob("*.py"))
    assert {path.name for path in files if commits_in(path.read_text())} == COMMITTING


def test_a_commit_in_the_code_is_found() -> None:
    source = "async def f():\n    async with {}() as connection:\n        pass\n"
    for call in ("self._engine.begin", "engine.begin", "connection.begin"):
        assert commits_in(source.format(call)) == [call]
    assert commits_in("await self.connection.commit()") == ["self.connection.commit"]
    assert commits_in("await uow.commit()\nfollower.begin()") == []


def table_in(page: str) -> dict[str, str]:
    """The points that a page lists, and what it says of each."""
    rows = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| (.+) \|$", page, re.MULTILINE)
    return dict(rows)


def test_the_documentation_lists_each_point_as_the_code_does() -> None:
    page = (ROOT / "docs/reliability.md").read_text()
    assert table_in(page) == POINTS
    assert table_in(page.replace("| `mail.before_send`", "| `mail.before`")) != POINTS


def test_a_name_in_the_code_is_found() -> None:
    assert names_in("async def f():\n    await failpoints.hit('a.b')\n") == ["a.b"]


def test_a_text_says_what_which_point_does_and_when() -> None:
    told = parse("relay.after_publish=crash@3, mail.after_send=sleep:500,mail.before_send=error")
    assert told == {
        "relay.after_publish": Action("crash", 3),
        "mail.after_send": Action("sleep:500"),
        "mail.before_send": Action("error"),
    }
    assert parse("") == {}
    assert set(parse("*=note")) == set(POINTS)


@pytest.mark.parametrize(
    "text", ["relay=crash", "relay.after_publish", "relay.after_publish=burn", "a=crash@0"]
)
def test_what_is_no_failpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no failpoint"):
        parse(text)


async def test_an_error_comes_at_the_hit_that_it_is_for_and_at_no_other() -> None:
    failpoints.arm(parse("mail.before_send=error@2"))
    await failpoints.hit("mail.before_send")
    with pytest.raises(Fault):
        await failpoints.hit("mail.before_send")
    await failpoints.hit("mail.before_send")


async def test_an_armed_process_refuses_a_name_that_is_not_listed() -> None:
    failpoints.arm(parse("*=note"))
    with pytest.raises(KeyError):
        await failpoints.hit("nowhere.at_all")


async def test_a_sleep_delays() -> None:
    failpoints.arm(parse("mail.after_send=sleep:30"))
    begun = time.monotonic()
    await failpoints.hit("mail.after_send")
    assert time.monotonic() - begun >= 0.03


def test_a_crash_ends_the_process_without_any_farewell() -> None:
    code = """
        import asyncio
        from chassis import failpoints
        failpoints.arm(failpoints.parse("relay.after_delete=crash"))
        try:
            asyncio.run(failpoints.hit("relay.after_delete"))
        finally:
            print("farewell")
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (CRASHED, "")
    assert "relay.after_delete" in ended.stderr


def test_production_refuses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUK_FAILPOINTS", "mail.after_send=crash")
    assert ServiceSettings(environment="test").failpoints
    with pytest.raises(ValidationError, match="failpoints are refused"):
        ServiceSettings(environment="production")


def test_an_unknown_name_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUK_FAILPOINTS", "mail.after_lunch=crash")
    with pytest.raises(ValidationError, match="no failpoint"):
        ServiceSettings(environment="test")


async def test_a_point_that_is_off_costs_less_than_a_microsecond() -> None:
    rounds, times = 2_000, Counter[int]()
    for _ in range(20):
        begun = time.perf_counter_ns()
        for _ in range(rounds):
            await failpoints.hit("transaction.before_commit")
        times[(time.perf_counter_ns() - begun) // rounds] += 1
    assert min(times) < 1_000
