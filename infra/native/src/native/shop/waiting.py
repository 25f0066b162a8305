"""Waits for the shop to come to rest, as long as there is progress.

`importer` waits with it until a file is taken in, `settling` until orders, mails and outboxes are
quiet. Each look costs the shop requests, so the pauses grow.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
# Far more than any time limit of a saga or pause of a sender.
STANDSTILL_SECONDS = 120.0
T = TypeVar("T")


async def until_none_is_left(
    look: Callable[[], Awaitable[tuple[T, int]]],
    note: Callable[[int], None],
    *,
    standstill: float = STANDSTILL_SECONDS,
) -> tuple[T, int]:
    """Returns what `look` found, and how many it still misses: 0, unless nothing moved any more.

    `standstill` is for how many seconds the number may stay as it is.
    """
    pause, fewest, moved = FIRST_PAUSE, None, time.monotonic()
    while True:
        found, left = await look()
        if not left:
            return found, 0
        note(left)
        if fewest is None or left < fewest:
            fewest, moved = left, time.monotonic()
        if time.monotonic() - moved > standstill:
            return found, left
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
