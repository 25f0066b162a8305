"""Tells Kafka how far a consumer has come: beside its work, for many batches at once.

An offset only says where to begin after a crash or a rebalance, and the inbox knows what was
handled already. So it may be late by LAG_SECONDS, and the next batch does not wait for it; under
load most of what a commit costs the broker is saved. Each consumer has one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    UnknownMemberIdError,
)

from chassis import failpoints
from chassis.infrastructure import is_infrastructure
from chassis.logs import get_logger

LAG_SECONDS = 0.1
RETRY_SECONDS = 1.0

log = get_logger(__name__)


class Offsets:
    """The offsets of one membership in a consumer group."""

    def __init__(self, consumer: AIOKafkaConsumer, group: str) -> None:
        self._consumer = consumer
        self._group = group
        self._handled: dict[TopicPartition, int] = {}
        self._task: asyncio.Task[None] | None = None

    def handled(self, polled: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Takes down a batch whose effects are durable; it is committed before long.

        Raises what went wrong with an earlier commit, unless that was the infrastructure.
        """
        self._handled.update({place: batch[-1].offset + 1 for place, batch in polled.items()})
        if self._task is not None and self._task.done():
            self._task.result()
            self._task = None
        if self._task is None:
            self._task = asyncio.create_task(self._commit_later())

    async def close(self) -> None:
        """Commits what is left, at once."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._commit()

    async def _commit_later(self) -> None:
        pause = LAG_SECONDS
        while self._handled:
            await asyncio.sleep(pause)
            pause = LAG_SECONDS if await self._commit() else RETRY_SECONDS

    async def _commit(self) -> bool:
        """Returns False when the broker refused or is away; what is left is committed later.

        A rebalance may have given partitions away: they are forgotten, and their new owner sees
        duplicates. What it left here may have been handled again meanwhile, so it is kept.
        """
        owned = self._consumer.assignment()
        self._handled = {place: end for place, end in self._handled.items() if place in owned}
        offsets = dict(self._handled)
        if not offsets:
            return True
        await failpoints.hit("consumer.before_offset_commit")
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalGenerationError, UnknownMemberIdError) as error:
            log.warning("offsets_not_committed", consumer=self._group, error=repr(error))
            return False
        except (KafkaError, OSError) as error:
            if not is_infrastructure(error):
                raise
            log.warning("offsets_held", consumer=self._group, error=repr(error))
            return False
        await failpoints.hit("consumer.after_offset_commit")
        for place, end in offsets.items():
            if self._handled[place] == end:
                del self._handled[place]
        return True
