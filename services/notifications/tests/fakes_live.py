"""Streams of orders in memory, and who listens to them: live updates without Redis.

The unit and API tests use it; the same suite of a stream runs over Redis too.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from notifications.application.follow_order import Signal
from notifications.domain.order_update import OrderUpdate


class FakeFeed:
    """The streams; `away` is raised by every read."""

    def __init__(self) -> None:
        self.steps: dict[UUID, list[OrderUpdate]] = defaultdict(list)
        self.away: Exception | None = None

    async def since(self, order_id: UUID, version: int) -> Sequence[OrderUpdate]:
        if self.away is not None:
            raise self.away
        assert 0 <= version < 2**64, "Redis refuses such an id"
        return [step for step in self.steps[order_id] if step.version >= version]

    async def append(self, update: OrderUpdate) -> None:
        steps = self.steps[update.order_id]
        if not steps or steps[-1].version < update.version:
            steps.append(update)


class FakeListeners:
    """Each listener's news come from a queue that the test fills; `refusal` is raised."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[OrderUpdate | Signal | None] = asyncio.Queue()
        self.open = 0
        self.refusal: Exception | None = None

    @contextmanager
    def listen(self, order_id: UUID, caller: str) -> Iterator["FakeListeners"]:
        if self.refusal is not None:
            raise self.refusal
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1

    async def next(self, seconds: float) -> OrderUpdate | Signal | None:
        return await self.queue.get()
