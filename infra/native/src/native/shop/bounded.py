"""Runs many tasks, so many at a time, and stops all of them at the first failure.

Import and replay send their requests with it; a task's error is raised as it was.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from native.errors import StackError

T = TypeVar("T")


async def for_each(
    things: Iterable[T], work: Callable[[T], Awaitable[None]], *, at_once: int
) -> None:
    """Works on the things in their order, `at_once` of them at a time. Raises the first error."""
    source = iter(things)

    async def worker() -> None:
        for thing in source:
            await work(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())
    except BaseExceptionGroup as problems:
        named = problems.subgroup(StackError)
        raise (named or problems).exceptions[0] from None
