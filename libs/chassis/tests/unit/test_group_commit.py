"""A group commit answers each writer for its own item, and costs one write for all who wait."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from chassis import group_commit
from chassis.group_commit import GroupCommit

WHO: ContextVar[str] = ContextVar("who", default="nobody")


class Ledger:
    """Refuses what is negative, breaks at zero, and is away when told so."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.writers: set[str] = set()
        self.open = asyncio.Event()
        self.away = False

    async def write(self, items: Sequence[int]) -> list[Exception | None]:
        await self.open.wait()
        if self.away:
            raise ConnectionResetError
        if 0 in items:
            raise ZeroDivisionError
        self.writers.add(WHO.get())
        self.groups.append([item for item in items if item > 0])
        return [None if item > 0 else ValueError(item) for item in items]

    @property
    def durable(self) -> list[int]:
        return [item for group in self.groups for item in group]


async def answers(ledger: Ledger, commit: GroupCommit[int], items: Sequence[int]) -> list[object]:
    """Lets the first item's write begin, then has the others wait behind it."""
    first = asyncio.create_task(commit.commit(items[0]))
    await asyncio.sleep(0)
    others = [asyncio.create_task(commit.commit(item)) for item in items[1:]]
    await asyncio.sleep(0)
    ledger.open.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


async def test_who_comes_alone_is_written_at_once() -> None:
    ledger = Ledger()
    ledger.open.set()
    await GroupCommit(ledger.write).commit(1)
    assert ledger.groups == [[1]]


async def test_who_waits_while_a_transaction_runs_shares_the_next() -> None:
    ledger = Ledger()
    assert await answers(ledger, GroupCommit(ledger.write), [1, 2, 3, 4]) == [None] * 4
    assert ledger.groups == [[1], [2, 3, 4]]


async def test_a_group_has_an_end() -> None:
    ledger = Ledger()
    await answers(ledger, GroupCommit(ledger.write, most=2), [1, 2, 3, 4])
    assert ledger.groups == [[1], [2, 3], [4]]


async def test_nobody_is_answered_before_their_item_is_durable() -> None:
    ledger = Ledger()
    waiting = asyncio.create_task(GroupCommit(ledger.write).commit(1))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    ledger.open.set()
    await waiting
    assert ledger.durable == [1]


async def test_a_refusal_is_heard_by_its_own_writer_alone() -> None:
    ledger = Ledger()
    first, bad, last = await answers(ledger, GroupCommit(ledger.write), [1, -2, 3])
    assert (first, last) == (None, None)
    assert isinstance(bad, ValueError)
    assert ledger.groups == [[1], [3]]


async def test_what_breaks_a_group_is_heard_by_its_own_writer_alone() -> None:
    ledger = Ledger()
    first, broken, last = await answers(ledger, GroupCommit(ledger.write), [1, 0, 3])
    assert (first, last) == (None, None)
    assert isinstance(broken, ZeroDivisionError)
    assert ledger.durable == [1, 3]


async def test_a_slow_group_does_not_hold_up_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "SLOW_SECONDS", 0.01)
    stuck, ledger = asyncio.Event(), Ledger()
    ledger.open.set()

    async def write(items: Sequence[int]) -> list[Exception | None]:
        if 1 in items:
            await stuck.wait()
        return await ledger.write(items)

    commit = GroupCommit(write)
    first = asyncio.create_task(commit.commit(1))
    await asyncio.sleep(0)
    await asyncio.wait_for(commit.commit(2), 5)
    assert (ledger.durable, first.done()) == ([2], False)
    stuck.set()
    await first
    assert ledger.durable == [2, 1]


async def test_who_has_waited_for_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "WAIT_SECONDS", 0.02)
    with pytest.raises(TimeoutError):
        await GroupCommit(Ledger().write).commit(1)


async def test_a_server_that_is_away_is_told_to_all_and_not_asked_for_each() -> None:
    ledger = Ledger()
    ledger.away = True
    told = await answers(ledger, GroupCommit(ledger.write), [1, 2, 3])
    assert [type(error) for error in told] == [ConnectionResetError] * 3
    ledger.away = False
    again = GroupCommit(ledger.write)
    await again.commit(4)
    assert ledger.durable == [4]


async def test_who_left_before_the_turn_is_not_written() -> None:
    ledger = Ledger()
    commit = GroupCommit(ledger.write)
    first = asyncio.create_task(commit.commit(1))
    await asyncio.sleep(0)
    leaver = asyncio.create_task(commit.commit(2))
    await asyncio.sleep(0)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    ledger.open.set()
    await first
    await commit.commit(3)
    assert ledger.durable == [1, 3]


async def test_who_leaves_while_it_is_written_disturbs_nobody() -> None:
    ledger = Ledger()
    commit = GroupCommit(ledger.write)
    leaver = asyncio.create_task(commit.commit(1))
    await asyncio.sleep(0)
    stayer = asyncio.create_task(commit.commit(2))
    await asyncio.sleep(0)
    leaver.cancel()
    ledger.open.set()
    await stayer
    assert ledger.durable == [1, 2]


async def test_a_group_is_written_in_the_context_of_no_writer() -> None:
    ledger = Ledger()
    ledger.open.set()
    WHO.set("a request")
    await GroupCommit(ledger.write).commit(1)
    assert ledger.writers == {"nobody"}
