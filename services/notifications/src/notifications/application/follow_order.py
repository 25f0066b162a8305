"""Somebody follows an order: first where it stands, then each step as it happens.

The channel only says that something is new; the stream is what counts. A step that is not the next
one is a sign that some were missed, and they are read there; what the stream no longer has is
replaced by where the order stands now. Called by `GET /v1/order-updates/{order_id}`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from chassis.clock import utcnow
from notifications.domain.errors import OrderNotFound, UpdatesUnavailable
from notifications.domain.order_update import OrderState, OrderUpdate

HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 900
"""Then the follower comes again, with the token that they have by then."""
APPEARS_WITHIN_SECONDS = 2.0
NEW_SECONDS = 30.0
_LOOK_SECONDS = 0.1


class Signal(Enum):
    """What a listener hears beside the steps."""

    RESYNC = auto()
    LOST = auto()
    END = auto()


class Pause(Enum):
    """What a follower is sent when there is no step."""

    HEARTBEAT = auto()
    INTERRUPTED = auto()


Frame = OrderState | OrderUpdate | Pause
States = Callable[[UUID], Awaitable[OrderState | None]]


class Feed(Protocol):
    """The streams."""

    async def since(self, order_id: UUID, version: int) -> Sequence[OrderUpdate]:
        """Returns the steps from a version on, that one included, as far as they are kept.

        Raises UpdatesUnavailable.
        """
        ...


class Listener(Protocol):
    """Hears of one order's steps."""

    async def next(self, seconds: float) -> OrderUpdate | Signal | None:
        """Returns None when nothing came in that time."""
        ...


async def may_follow(order_id: UUID, customer: UUID | None, states: States) -> OrderState:
    """Returns where an order stands; `customer` is whose it must be, None for the staff.

    Raises OrderNotFound. An order that was placed this moment may not be known here yet, so one
    whose id is new and that cannot be seen is looked for, whether it is there or not.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + (APPEARS_WITHIN_SECONDS if _is_new(order_id) else 0)
    while True:
        state = await states(order_id)
        if state is not None and customer in (None, state.customer_id):
            return state
        if loop.time() >= until:
            raise OrderNotFound(order_id)
        await asyncio.sleep(_LOOK_SECONDS)


def _is_new(order_id: UUID) -> bool:
    """Orders have ids that begin with their time (RFC 9562, section 5.7)."""
    made = (order_id.int >> 80) / 1000
    return abs(utcnow().timestamp() - made) < NEW_SECONDS


class Follower:
    """One stream; `seen` is the version that its reader has, None for nothing."""

    def __init__(self, state: OrderState, states: States, feed: Feed, seen: int | None) -> None:
        self._order_id = state.order_id
        self._state = state
        self._states = states
        self._feed = feed
        self._seen = seen

    async def begin(self) -> list[Frame]:
        """Returns what comes first: all that is after `seen`, or where the order stands."""
        updates = await self._feed.since(self._order_id, self._seen or 0)
        return self._fill(self._state, updates)

    async def frames(self, listener: Listener, seconds: float) -> AsyncIterator[Frame]:
        """Yields the rest, until the end of the process or of that time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left := until - loop.time()) > 0:
            news = await listener.next(min(left, HEARTBEAT_SECONDS))
            if news is Signal.END:
                return
            for frame in await self._take(news):
                yield frame

    async def _take(self, news: OrderUpdate | Signal | None) -> list[Frame]:
        if news is Signal.LOST:
            return [Pause.INTERRUPTED]
        if isinstance(news, OrderUpdate):
            if self._seen is not None and news.version <= self._seen:
                return []
            if self._seen is not None and news.version == self._seen + 1:
                self._seen = news.version
                return [news]
        try:
            missed = await self._catch_up(check=news is not None)
        except UpdatesUnavailable:
            return [Pause.INTERRUPTED]
        return missed or [Pause.HEARTBEAT]

    async def _catch_up(self, *, check: bool) -> list[Frame]:
        """Reads what was missed. A stream that is empty has missed nothing, unless it was lost."""
        updates = await self._feed.since(self._order_id, self._seen or 0)
        if check or (updates and not self._has_all(updates)):
            self._state = await self._states(self._order_id) or self._state
        return self._fill(self._state, updates)

    def _fill(self, state: OrderState, updates: Sequence[OrderUpdate]) -> list[Frame]:
        """Returns the steps after `seen`; where the stream no longer has them, the state first."""
        frames: list[Frame] = []
        if not self._has_all(updates) and (self._seen is None or self._seen < state.version):
            self._seen = state.version
            frames.append(state)
        for update in updates:
            if self._seen is not None and update.version == self._seen + 1:
                self._seen = update.version
                frames.append(update)
        return frames

    def _has_all(self, updates: Sequence[OrderUpdate]) -> bool:
        """True where the stream begins early enough, even if it is behind what we know."""
        return self._seen is not None and bool(updates) and updates[0].version <= self._seen + 1
