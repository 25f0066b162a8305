"""Following an order: nothing is missed and nothing comes twice, whatever was lost on the way."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from chassis.ids import uuid7
from notifications.application import follow_order
from notifications.application.follow_order import (
    Follower,
    Frame,
    Pause,
    Signal,
    States,
    may_follow,
)
from notifications.domain.errors import OrderNotFound, UpdatesUnavailable
from notifications.domain.order_update import OrderState, OrderUpdate
from services.notifications.tests.fakes import NOON
from services.notifications.tests.fakes_live import FakeFeed, FakeListeners

ORDER, CASEY = UUID(int=1), UUID(int=2)


def step(version: int) -> OrderUpdate:
    return OrderUpdate(ORDER, version, "orders.order_packed.v1", "packed", NOON, {})


def at(version: int) -> OrderState:
    return OrderState(ORDER, version, "confirmed", CASEY)


def states(*found: OrderState | None) -> States:
    """Where the order stands, one answer after the other; the last stays."""
    waiting = list(found)

    async def state(_order_id: UUID) -> OrderState | None:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return state


def keep(feed: FakeFeed, *versions: int) -> None:
    feed.steps[ORDER] = [step(version) for version in versions]


def shown(frames: list[Frame]) -> list[str]:
    """`=3` is where it stands, `3` a step."""
    names = {Pause.HEARTBEAT: "heartbeat", Pause.INTERRUPTED: "interrupted"}
    return [
        names[frame]
        if isinstance(frame, Pause)
        else f"={frame.version}"
        if isinstance(frame, OrderState)
        else str(frame.version)
        for frame in frames
    ]


@pytest.mark.parametrize(
    ("seen", "kept", "stands", "sent"),
    [
        (None, [], 2, ["=2"]),
        (None, [1, 2, 3, 4], 2, ["=2", "3", "4"]),
        (None, [1], 2, ["=2"]),
        (2, [1, 2, 3, 4], 4, ["3", "4"]),
        (4, [1, 2, 3, 4], 4, []),
        # The stream is behind what we know: its steps will come.
        (2, [1, 2, 3], 5, ["3"]),
        (2, [2], 5, []),
        # It was forgotten, or cut: where the order stands is what is left.
        (2, [], 5, ["=5"]),
        (2, [5, 6], 5, ["=5", "6"]),
        (9, [], 5, []),
    ],
)
async def test_a_stream_begins_where_its_reader_left_off(
    feed: FakeFeed, seen: int | None, kept: list[int], stands: int, sent: list[str]
) -> None:
    keep(feed, *kept)
    follower = Follower(at(stands), states(at(stands)), feed, seen)
    assert shown(await follower.begin()) == sent


async def following(
    feed: FakeFeed, listeners: FakeListeners, *news: OrderUpdate | Signal | None
) -> list[str]:
    """What somebody who has seen version 2 is sent."""
    for one in (*news, Signal.END):
        listeners.queue.put_nowait(one)
    follower = Follower(at(2), states(at(2)), feed, 2)
    return shown([frame async for frame in follower.frames(listeners, 60)])


async def test_each_step_is_sent_once_in_order(feed: FakeFeed, listeners: FakeListeners) -> None:
    news = [step(3), step(3), step(2), step(4)]
    assert await following(feed, listeners, *news) == ["3", "4"]


async def test_a_step_that_is_not_the_next_makes_it_read_what_was_missed(
    feed: FakeFeed, listeners: FakeListeners
) -> None:
    keep(feed, 1, 2, 3, 4, 5)
    assert await following(feed, listeners, step(5), step(6)) == ["3", "4", "5", "6"]


async def test_what_happened_while_redis_was_away_is_read_when_it_is_back(
    feed: FakeFeed, listeners: FakeListeners
) -> None:
    keep(feed, 2, 3)
    sent = await following(feed, listeners, Signal.LOST, Signal.RESYNC, step(4))
    assert sent == ["interrupted", "3", "4"]


async def test_silence_is_a_heartbeat_and_finds_what_the_channel_lost(
    feed: FakeFeed, listeners: FakeListeners
) -> None:
    assert await following(feed, listeners, None) == ["heartbeat"]
    keep(feed, 2, 3)
    assert await following(feed, listeners, None, None) == ["3", "heartbeat"]


async def test_an_open_stream_outlives_an_outage(feed: FakeFeed, listeners: FakeListeners) -> None:
    feed.away = UpdatesUnavailable()
    assert await following(feed, listeners, None, Signal.RESYNC) == ["interrupted"] * 2
    feed.away = RuntimeError("a fault of ours")
    with pytest.raises(RuntimeError):
        await following(feed, listeners, None)


async def test_a_stream_that_redis_lost_is_made_up_for_by_where_the_order_stands(
    feed: FakeFeed, listeners: FakeListeners
) -> None:
    for one in (None, Signal.RESYNC, Signal.END):
        listeners.queue.put_nowait(one)
    follower = Follower(at(2), states(at(4)), feed, 2)
    assert shown([frame async for frame in follower.frames(listeners, 60)]) == ["heartbeat", "=4"]


async def test_a_stream_ends_by_itself(feed: FakeFeed, listeners: FakeListeners) -> None:
    follower = Follower(at(2), states(at(2)), feed, 2)
    assert [frame async for frame in follower.frames(listeners, 0)] == []


@pytest.fixture
async def quick(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(follow_order, "APPEARS_WITHIN_SECONDS", 0.05)
    monkeypatch.setattr(follow_order, "_LOOK_SECONDS", 0.01)
    yield


@pytest.mark.usefixtures("quick")
async def test_an_order_that_was_placed_this_moment_is_waited_for() -> None:
    assert await may_follow(uuid7(), CASEY, states(None, None, at(1))) == at(1)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("found", [None, at(1)])
async def test_anothers_order_and_none_look_the_same_and_take_as_long(
    found: OrderState | None,
) -> None:
    began = asyncio.get_running_loop().time()
    with pytest.raises(OrderNotFound):
        await may_follow(uuid7(), UUID(int=3), states(found))
    assert asyncio.get_running_loop().time() - began >= 0.05


async def test_an_old_order_that_is_not_there_is_not_waited_for() -> None:
    with pytest.raises(OrderNotFound):
        await asyncio.wait_for(may_follow(ORDER, CASEY, states(None)), 0.5)


async def test_the_staff_may_follow_every_order() -> None:
    guests = OrderState(ORDER, 1, "pending", None)
    assert await may_follow(ORDER, None, states(guests)) == guests
