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

T = TypeVar("T")


class GroupCommit(Generic[T]):
    """Has `write` make up to `most` items durable at once, one group after the other.

    `write` takes a group whole or not at all. An item that it refuses spoils its group, whose items
    are then written one by one, so that only the refused one hears of it.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[None]], *, most: int = 64) -> None:
        self._write = write
        self._most = most
        self._waiting: deque[tuple[T, asyncio.Future[None]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def commit(self, item: T) -> None:
        """Returns when the item is durable; raises what `write` raises for it alone.

        Who is cancelled before the item's turn leaves nothing behind; later it may be written.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._task is None:
            # Of no context: a group belongs to no one request, its log lines and trace neither.
            self._task = asyncio.create_task(self._run(), context=Context())
        await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                count = min(self._most, len(self._waiting))
                taken = [self._waiting.popleft() for _ in range(count)]
                await self._settle([one for one in taken if not one[1].done()])
        finally:
            self._task = None

    async def _settle(self, group: Sequence[tuple[T, asyncio.Future[None]]]) -> None:
        if not group:
            return
        try:
            await self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001  Who waits for it hears it.
            if len(group) > 1 and not is_infrastructure(error):
                for one in group:
                    await self._settle([one])
                return
            _tell(group, error)
        else:
            _tell(group, None)


def _tell(group: Sequence[tuple[T, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in group:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
