"""Gives a running shop its time: until its outboxes are empty, its sagas closed, all of it read.

`judge` calls it before it reads. What must be over sooner than the rest is looked at then: an
outbox has 30 seconds.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from native.options import SERVICES
from native.record import Record
from native.verify.documents import count_waiting
from native.verify.sql import snapshot
from native.verify.topic_reader import reader

OUTBOX_SECONDS = 30.0
_PAUSE = 0.5

_OUTBOX = "SELECT count(*) FROM outbox"
_SAGAS = "SELECT count(*) FROM order_sagas WHERE deadline IS NOT NULL"
# What the sender, or the provider, has failed at twice is a matter of minutes or hours.
_MAILS = "SELECT count(*) FROM messages WHERE status = 'pending' AND attempts < 2"
_OPERATIONS = "SELECT count(*) FROM operations WHERE stage = 'waiting' AND attempts < 2"
_MORE = {"orders": _SAGAS, "notifications": _MAILS, "payments": _OPERATIONS}


@dataclass(frozen=True, slots=True)
class Unrest:
    """What still moves, in numbers."""

    outbox: int
    others: int
    behind: int

    def __bool__(self) -> bool:
        return bool(self.outbox or self.others or self.behind)

    def __str__(self) -> str:
        return (
            f"{self.outbox} events in outboxes, {self.others} sagas, payments and mails under way, "
            f"{self.behind} messages to read"
        )


@dataclass(frozen=True, slots=True)
class Rest:
    """How the wait ended: seconds, what still moved, and events in an outbox for too long."""

    seconds: float
    unrest: Unrest
    late: int


async def settle(kept: Record, seconds: float, note: Callable[[str], None]) -> Rest:
    """Waits until nothing moves, `seconds` at most."""
    begun = time.monotonic()
    late = 0
    while True:
        unrest = await look(kept)
        waited = time.monotonic() - begun
        if waited >= OUTBOX_SECONDS:
            late = max(late, unrest.outbox)
        if not unrest or waited >= seconds:
            return Rest(waited, unrest, late)
        note(str(unrest))
        await asyncio.sleep(_PAUSE)


async def look(kept: Record) -> Unrest:
    """Counts what moves at this moment."""
    outbox, others = await count_waiting(kept.mongo_url), 0
    for service, dsn in kept.databases.items():
        async with snapshot(service, dsn) as database:
            outbox += await database.number(_OUTBOX)
            if service in _MORE:
                others += await database.number(_MORE[service])
    return Unrest(outbox, others, await messages_behind(kept.kafka_bootstrap))


async def messages_behind(bootstrap: str) -> int:
    """How many messages the services' consumer groups have not taken in yet."""
    committed = await _committed(bootstrap)
    async with reader(bootstrap, {place.topic for places in committed for place in places}) as one:
        ends = await one.end_offsets(list({place for places in committed for place in places}))
    return sum(
        max(0, ends[place] - taken.offset)
        for places in committed
        for place, taken in places.items()
    )


async def _committed(bootstrap: str) -> list[dict[Any, Any]]:
    """How far each group has come, by topic and partition."""
    from aiokafka.admin import AIOKafkaAdminClient

    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        groups = [name for name, _ in await admin.list_consumer_groups() if _is_ours(name)]
        return [dict(await admin.list_consumer_group_offsets(group)) for group in groups]
    finally:
        await admin.close()


def _is_ours(group: str) -> bool:
    return group.partition("-")[0] in SERVICES
