"""Processes share the files of a suite: each runs in one of them, and none is left out."""

import gc
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from native.sharing import pytest_collection, pytest_collection_finish, pytest_runtestloop

ROOT = Path("/checkout")
TESTS = ("a/test_x.py::1", "a/test_x.py::2", "b/test_y.py::1", "c/test_z.py::1", "c/test_z.py::2")
JUDGE = "b/test_w.py::judge"
Ran = list[tuple[str, str | None]]


def marker(test: str, name: str) -> bool:
    assert name == "in_each_process"
    return test == JUDGE


def session(
    claims: Path, ran: Ran, share: str = "0/2", tests: Sequence[str] = TESTS, **more: Any
) -> Any:
    """What pytest hands to the loop; running a test writes down which it was and what follows."""

    def protocol(item: Any, nextitem: Any) -> None:
        ran.append((item.nodeid, nextitem and nextitem.nodeid))

    option = SimpleNamespace(claims=claims, share=share, collectonly=False)
    hook = SimpleNamespace(pytest_runtest_protocol=protocol)
    config = SimpleNamespace(option=option, hook=hook, rootpath=ROOT)
    items = [
        SimpleNamespace(
            nodeid=test,
            path=ROOT / test.partition("::")[0],
            config=config,
            get_closest_marker=partial(marker, test),
        )
        for test in tests
    ]
    usual = {"testsfailed": 0, "shouldfail": False, "shouldstop": False}
    return SimpleNamespace(config=config, items=items, **(usual | more))


def names(ran: Ran) -> Iterator[str]:
    return (name for name, _ in ran)


def test_a_process_that_is_alone_runs_all_and_knows_what_comes_next(tmp_path: Path) -> None:
    ran: Ran = []
    assert pytest_runtestloop(session(tmp_path, ran))
    assert ran == list(zip(TESTS, [*TESTS[1:], None], strict=True))


def test_another_begins_elsewhere_and_goes_round(tmp_path: Path) -> None:
    ran: Ran = []
    assert pytest_runtestloop(session(tmp_path, ran, share="2/3"))
    assert list(names(ran)) == [*TESTS[3:], *TESTS[:3]]


def test_what_another_has_taken_is_left_to_it(tmp_path: Path) -> None:
    first_ran: Ran = []
    other_ran: Ran = []
    other = session(tmp_path, other_ran, share="1/2")
    first = session(tmp_path, first_ran)
    alone = first.config.hook.pytest_runtest_protocol

    def meanwhile(item: Any, nextitem: Any) -> None:
        """The other process takes all that is left while the first test runs here."""
        if not first_ran:
            pytest_runtestloop(other)
        alone(item, nextitem)

    first.config.hook.pytest_runtest_protocol = meanwhile
    pytest_runtestloop(first)
    assert first_ran == [(TESTS[0], TESTS[1]), (TESTS[1], None)]
    assert sorted([*names(first_ran), *names(other_ran)]) == sorted(TESTS)


def test_who_judges_what_a_process_did_runs_last_in_each(tmp_path: Path) -> None:
    first_ran: Ran = []
    other_ran: Ran = []
    every = (TESTS[0], JUDGE, *TESTS[1:])
    pytest_runtestloop(session(tmp_path, first_ran, tests=every))
    pytest_runtestloop(session(tmp_path, other_ran, share="1/2", tests=every))
    assert list(names(first_ran)) == [*TESTS, JUDGE]
    assert other_ran == [(JUDGE, None)]


def test_files_that_cannot_be_read_are_left_to_pytest(tmp_path: Path) -> None:
    ran: Ran = []
    assert pytest_runtestloop(session(tmp_path, ran, testsfailed=1)) is None
    assert not ran
    assert not list(tmp_path.iterdir())


class Stopped(Exception):
    """Stands for pytest's own two exceptions."""


@pytest.mark.parametrize("why", ["shouldfail", "shouldstop"])
def test_a_session_that_is_to_end_runs_no_further_test(tmp_path: Path, why: str) -> None:
    ran: Ran = []
    ending = session(tmp_path, ran, Failed=Stopped, Interrupted=Stopped)
    setattr(ending, why, "enough")
    with pytest.raises(Stopped):
        pytest_runtestloop(ending)
    assert list(names(ran)) == [TESTS[0]]


def test_the_garbage_collector_leaves_alone_what_was_collected() -> None:
    gc.unfreeze()
    try:
        pytest_collection()
        assert not gc.isenabled()
        pytest_collection_finish()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.enable()
