"""Units of work for effects that may be repeated: they gather a batch and act at its commit.

The batches of both consumers begin here, and each adds the commit of its own. There is no inbox,
because what they do is idempotent: news carry their sequence, and forgetting twice does no harm.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

from chassis.envelope import Event


class GatheringBatch:
    """All of a batch but its handlers and its commit; a new one is made for each."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is open, so nothing is closed; what was not committed is not done."""

    async def unseen(
        self,
        consumer: str,  # noqa: ARG002  Nothing is written down, so it matters not for whom.
        events: Sequence[Event],
    ) -> set[UUID]:
        """Takes every event for new."""
        return {event.id for event in events}

    def flush(self) -> None:
        """No events of our own arise here."""
