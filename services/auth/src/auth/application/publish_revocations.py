"""Tells the edges what was revoked: from auth's database to the stream that they follow.

A worker calls it, woken by the transaction that revoked. While Redis is away the rows wait, so
that an outage delays a revocation and never loses it.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from chassis.revocations import Revocation

BATCH = 500


class Unpublished(Protocol):
    """Revocations that the edges have not been told of."""

    def take(self, count: int) -> AbstractAsyncContextManager[Sequence[Revocation]]:
        """Gives up to `count` of them, which count as told once the block ends without error."""


class Publisher(Protocol):
    """The stream that the edges follow."""

    async def publish(self, revocations: Sequence[Revocation]) -> None:
        """Raises an infrastructure error when the stream is away."""


async def publish_revocations(unpublished: Unpublished, publisher: Publisher) -> bool:
    """Returns True when there may be more."""
    async with unpublished.take(BATCH) as revocations:
        if revocations:
            await publisher.publish(revocations)
    return len(revocations) == BATCH
