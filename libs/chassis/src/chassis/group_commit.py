"""Group commit: who waits to write while a transaction runs shares the next one.

What a database does for its log, one level up: a group costs the round trips and the sync of one
transaction, and each writer is answered only once its own part is durable. Nobody waits for a
group to fill. A service's composition root makes one for the writes that come in crowds.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from chassis.infrastructure import is_infrastructure

# A group that takes longer has met a slow or a dead connection; the next goes by another one.
SLOW_SECONDS = 0.1
# The gateway gives up a second later, and whoever asked asks again, so it is not worth writing.
WAIT_SECONDS = 8.0

T = TypeVar("T")
Outcome = Exception | None


class GroupCommit(Generic[T]):
    """Has `write` make up to `most` items durable at once.

    `write` returns for each item None, or what it is refused for. What it raises counts for the
    whole group: an outage is told to all, and after anything else each item is written by itself.
    """

    def __init__(
        self, write: Callable[[Sequence[T]], Awaitable[Sequence[Outcome]]], *, most: int = 64
    ) -> None:
        self._write = write
        self._most = most
        self._waiting: deque[tuple[T, asyncio.Future[None]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def commit(self, item: T) -> None:
        """Returns when the item is durable; raises its refusal, an outage, or TimeoutError.

        Who leaves before the item's turn leaves nothing behind; later it may be written.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._task is None:
            # Of no context: a group belongs to no one request, its log lines and trace neither.
            self._task = asyncio.create_task(self._run(), context=Context())
        async with asyncio.timeout(WAIT_SECONDS):
            await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                count = min(self._most, len(self._waiting))
                taken = [self._waiting.popleft() for _ in range(count)]
                group = [one for one in taken if not one[1].done()]
                writing = asyncio.create_task(self._settle(group))
                self._writing.add(writing)
                writing.add_done_callback(self._writing.discard)
                await asyncio.wait({writing}, timeout=SLOW_SECONDS)
        finally:
            self._task = None

    async def _settle(self, group: Sequence[tuple[T, asyncio.Future[None]]]) -> None:
        if not group:
            return
        try:
            outcomes = await self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001  Who waits for it hears it.
            if len(group) > 1 and not is_infrastructure(error):
                for one in group:
                    await self._settle([one])
                return
            outcomes = [error] * len(group)
        for (_, done), outcome in zip(group, outcomes, strict=True):
            if done.done():
                continue
            if outcome is None:
                done.set_result(None)
            else:
                done.set_exception(outcome)
