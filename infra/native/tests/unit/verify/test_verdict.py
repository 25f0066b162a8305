"""Which stack is judged, and how the verdict is shown."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from native import record
from native.errors import StackError
from native.options import ENGINES, SERVICES, Options
from native.place import Place
from native.progress import Progress
from native.vault import open_vault
from native.verify import standing as standing_module
from native.verify.findings import Findings
from native.verify.invariants.promises import Promises
from native.verify.judge import Verdict, verify
from native.verify.report import show
from native.verify.settle import Unrest
from native.verify.standing import NoStack, standing


@pytest.fixture
def quiet() -> Progress:
    return Progress(Console(file=io.StringIO()))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A home in which a whole shop was started once."""
    made = Place(tmp_path, tmp_path)
    made.make()
    record.write(made, record.describe(made, Options(21000), open_vault(made)))
    return made


class Stack:
    """What the supervisor says runs, and what was done to the stack."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, running: set[str]) -> None:
        self.done: list[str] = []
        self.options: Options | None = None
        stack = self

        class Keeper:
            def __init__(self, place: Place) -> None: ...

            def running(self) -> set[str]:
                return running

        async def bring_up(place: Place, options: Options, *_: Any, **__: Any) -> None:
            stack.done.append("up")
            stack.options = options
            record.write(place, record.describe(place, options, open_vault(place)))

        async def bring_down(*_: Any) -> None:
            stack.done.append("down")

        monkeypatch.setattr(standing_module, "Keeper", Keeper)
        monkeypatch.setattr(standing_module, "bring_up", bring_up)
        monkeypatch.setattr(standing_module, "bring_down", bring_down)


async def test_without_a_stack_the_error_says_how_to_start_one(
    tmp_path: Path, quiet: Progress
) -> None:
    with pytest.raises(NoStack, match=r"\./souk up"):
        await verify(Place(tmp_path, tmp_path), quiet)


async def test_a_running_shop_is_taken_as_it_is(
    place: Place, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(monkeypatch, {*ENGINES, *SERVICES, "orders-2"})
    async with standing(place, quiet) as found:
        assert found.running
    assert stack.done == []


async def test_of_a_stopped_stack_the_servers_run_for_as_long_as_they_are_read(
    place: Place, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(monkeypatch, set())
    before = record.read(place.record)
    async with standing(place, quiet) as found:
        assert not found.running
        assert stack.done == ["up"]
    assert stack.done == ["up", "down"]
    assert stack.options is not None
    assert stack.options.engines_only
    assert record.read(place.record) == before


async def test_half_a_stack_is_not_judged(
    place: Place, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(monkeypatch, {"postgres", "orders"})
    with pytest.raises(StackError, match="a part of this stack"):
        async with standing(place, quiet):
            pass
    assert stack.done == []


def verdict() -> Verdict:
    found = Findings("I1", "the ledger sums to zero")
    found.count("orders", 1200)
    return Verdict([found], running=True, at_rest=True, settled_s=1.26, unrest="")


def shown(one: Verdict) -> str:
    console = Console(file=io.StringIO(), width=120)
    show(one, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_clean_verdict_says_what_was_counted() -> None:
    text = shown(verdict())
    assert "1,200 orders" in text
    assert "No violation in the running shop." in text


def test_violations_are_shown_with_their_ids() -> None:
    bad = verdict()
    bad.findings[0].fault("posting does not sum to zero", "p-1", "5 [GBP]")
    bad.findings[0].note("by hand")
    text = shown(bad)
    assert "I1 posting does not sum to zero: p-1: 5 [GBP]" in text
    assert "1 violations in the running shop." in text
    assert "by hand" in text
    assert bad.document()["violations"] == 1
    assert bad.document()["settled_s"] == 1.3


def test_a_shop_that_did_not_rest_is_called_so() -> None:
    restless = replace(verdict(), at_rest=False, unrest=str(Unrest(1, 2, 3)), running=False)
    text = shown(restless)
    assert "in the stopped shop; it did not come to rest while it was read" in text
    assert "1 events in outboxes" in text
    assert not Unrest(0, 0, 0)


def test_an_invariant_that_had_nothing_to_check_says_so() -> None:
    seen, _ = Promises().finish()
    assert "nothing" in shown(replace(verdict(), findings=[seen]))
