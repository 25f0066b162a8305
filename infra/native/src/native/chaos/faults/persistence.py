"""Tries again what a fault has to say to a broker, which may be away by another fault just then."""

import asyncio
from collections.abc import Awaitable, Callable

from native.errors import StackError

SECONDS = 45.0
ONE_TRY = 15.0
PAUSE = 0.5


class BrokerAway(StackError):
    """Nothing could be said to the broker for as long as a fault waits for it."""


async def persistently(work: Callable[[], Awaitable[None]]) -> None:
    """Repeats `work` until it succeeds; raises BrokerAway when that takes too long."""
    from aiokafka.errors import KafkaError

    loop = asyncio.get_running_loop()
    deadline = loop.time() + SECONDS
    while True:
        try:
            async with asyncio.timeout(ONE_TRY):
                await work()
        except (KafkaError, OSError) as error:
            if loop.time() > deadline:
                raise BrokerAway(repr(error)) from error
            await asyncio.sleep(PAUSE)
        else:
            return
