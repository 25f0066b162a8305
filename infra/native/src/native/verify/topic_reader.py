"""Reads every topic from its beginning to where it ends now, batch by batch, for `gather`.

It belongs to no consumer group, so it commits nothing and moves no offset of the shop's. A batch
is handed on and forgotten: memory does not grow with the topics.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from chassis.delivery import Message
from chassis.envelope import Event, MalformedEvent

_POLL_MS = 1000
_MOST = 2000
_FETCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a topic; `event` is None where its bytes are no envelope."""

    message: Message
    event: Event | None


@dataclass(frozen=True, slots=True)
class Extent:
    """How far topics reach: topic and partition to the first offset kept, and behind the last."""

    begins: Mapping[tuple[str, int], int]
    ends: Mapping[tuple[str, int], int]

    @property
    def cut(self) -> frozenset[str]:
        """The topics whose oldest messages the broker has deleted, as it does with commands."""
        return frozenset(topic for (topic, _), begin in self.begins.items() if begin > 0)


Take = Callable[[Sequence[Heard]], Awaitable[None]]


@asynccontextmanager
async def reader(bootstrap: str, wanted: Iterable[str]) -> AsyncIterator[Any]:
    """A consumer without a group, of those of the topics that are there.

    It learns of all of them at its start: each that it met later would cost it a tenth of a second.
    """
    from aiokafka import AIOKafkaConsumer
    from aiokafka.admin import AIOKafkaAdminClient

    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        there = set(await admin.list_topics())
    finally:
        await admin.close()
    consumer = AIOKafkaConsumer(
        *(name for name in wanted if name in there),
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def extent_of(bootstrap: str, topics: Iterable[str]) -> Extent:
    """Where these topics begin and end at this moment; a topic that is not there is left out."""
    async with reader(bootstrap, topics) as consumer:
        return await _extent(consumer)


async def read_topics(bootstrap: str, topics: Iterable[str], take: Take) -> Extent:
    """Hands every message that was there at the start to `take`, each partition in its order."""
    async with reader(bootstrap, topics) as consumer:
        extent = await _extent(consumer)
        ends = {place: extent.ends[_key(place)] for place in consumer.assignment()}
        left = {place for place, end in ends.items() if end > extent.begins[_key(place)]}
        while left:
            polled = await consumer.getmany(*left, timeout_ms=_POLL_MS, max_records=_MOST)
            for place, records in polled.items():
                await take([_heard(record) for record in records if record.offset < ends[place]])
                if await consumer.position(place) >= ends[place]:
                    left.discard(place)
    return extent


async def _extent(consumer: Any) -> Extent:
    places = list(consumer.assignment())
    begins = await consumer.beginning_offsets(places)
    ends = await consumer.end_offsets(places)
    return Extent(
        {_key(place): offset for place, offset in begins.items()},
        {_key(place): offset for place, offset in ends.items()},
    )


def _key(place: Any) -> tuple[str, int]:
    return place.topic, place.partition


def _heard(record: Any) -> Heard:
    message = Message(
        record.topic, record.partition, record.offset, record.key or b"", record.value or b""
    )
    try:
        return Heard(message, message.event())
    except MalformedEvent:
        return Heard(message, None)
