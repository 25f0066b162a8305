"""The steps of each order in a Redis stream: bounded, short-lived, and under the order's version.

One consumer group writes them, so that Redis being away holds no mail up; a step that comes again
has its id already, which is all the inbox that this needs. Every key starts with `notifications:`.
"""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chassis.envelope import Event
from chassis.infrastructure import is_infrastructure
from chassis.logs import get_logger
from notifications.domain.errors import UpdatesUnavailable
from notifications.domain.order_update import OrderUpdate

CHANNEL = "notifications:order-updates"
MOST_STEPS = 100
LIFETIME_SECONDS = 3600

log = get_logger(__name__)


class RedisFeed:
    """Implements `application.follow_order.Feed`; the client decodes answers to text."""

    def __init__(self, redis: "Redis") -> None:
        self._redis: Any = redis
        source = files("notifications.adapters").joinpath("lua", "append.lua").read_text()
        self._append: Any = self._redis.register_script(source)

    async def since(self, order_id: UUID, version: int) -> Sequence[OrderUpdate]:
        """Returns the steps from a version on, as far as they are kept.

        Raises UpdatesUnavailable while Redis is away.
        """
        try:
            entries = await self._redis.xrange(_key(order_id), min=f"{version}-0")
        except (RedisError, OSError, RuntimeError) as error:
            if not is_infrastructure(error):
                raise
            log.warning("updates_unreachable", error=repr(error))
            raise UpdatesUnavailable from error
        return [read_step(fields["step"]) for _, fields in entries]

    async def append(self, update: OrderUpdate) -> None:
        """Adds a step, and tells who listens; does nothing where it is there already."""
        arguments = [update.version, _step(update), MOST_STEPS, LIFETIME_SECONDS, CHANNEL]
        await self._append(keys=[_key(update.order_id)], args=arguments)


class FeedWork:
    """The unit of work of the consumer that writes: `commit` appends what the handlers added."""

    def __init__(self, feed: RedisFeed) -> None:
        self._feed = feed
        self._added: list[OrderUpdate] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """There is nothing to take back."""

    async def unseen(self, _consumer: str, events: Sequence[Event]) -> set[UUID]:
        """All of them: appending tells by itself what is there already."""
        return {event.id for event in events}

    def flush(self) -> None:
        """Nothing is published."""

    def add(self, update: OrderUpdate) -> None:
        """Keeps a step for the commit."""
        self._added.append(update)

    async def commit(self) -> None:
        """Appends in the order of the events."""
        for update in self._added:
            await self._feed.append(update)


def read_step(text: str) -> OrderUpdate:
    """Reads what a stream, or the channel, holds."""
    step = orjson.loads(text)
    return OrderUpdate(
        order_id=UUID(step["order_id"]),
        version=step["version"],
        event_type=step["event_type"],
        status=step["status"],
        at=datetime.fromisoformat(step["at"]),
        details=step["details"],
    )


def _step(update: OrderUpdate) -> bytes:
    return orjson.dumps(
        {
            "order_id": str(update.order_id),
            "version": update.version,
            "event_type": update.event_type,
            "status": update.status,
            "at": update.at.isoformat(),
            "details": update.details,
        }
    )


def _key(order_id: UUID) -> str:
    return f"notifications:order-updates:{order_id}"
