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


async def partitions(bootstrap: str, wanted: Iterable[str]) -> list[tuple[str, int]]:
    """Every partition of those of the topics that are there."""
    from aiokafka.admin import AIOKafkaAdminClient

    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        described = await admin.describe_topics([name for name in wanted if name in there])
    finally:
        await admin.close()
    return [
        (topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]


@asynccontextmanager
async def _reader(bootstrap: str) -> AsyncIterator[Any]:
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def extent_of(bootstrap: str, topics: Iterable[str]) -> Extent:
    """Where these topics begin and end at this moment; a topic that is not there is left out."""
    keys = await partitions(bootstrap, topics)
    async with _reader(bootstrap) as consumer:
        return await _extent(consumer, keys)


async def read_topics(bootstrap: str, topics: Iterable[str], take: Take) -> Extent:
    """Hands every message that was there at the start to `take`, each partition in its order."""
    keys = await partitions(bootstrap, topics)
    async with _reader(bootstrap) as consumer:
        extent = await _extent(consumer, keys)
        places = {_place(key): end for key, end in extent.ends.items()}
        left = {place for place, end in places.items() if end > extent.begins[_key(place)]}
        consumer.assign(list(left))
        for place in left:
            consumer.seek(place, extent.begins[_key(place)])
        while left:
            polled = await consumer.getmany(*left, timeout_ms=_POLL_MS, max_records=_MOST)
            for place, records in polled.items():
                heard = [_heard(record) for record in records if record.offset < places[place]]
                await take(heard)
                if await consumer.position(place) >= places[place]:
                    left.discard(place)
    return extent


async def _extent(consumer: Any, keys: Iterable[tuple[str, int]]) -> Extent:
    places = [_place(key) for key in keys]
    begins = await consumer.beginning_offsets(places)
    ends = await consumer.end_offsets(places)
    return Extent(
        {_key(place): offset for place, offset in begins.items()},
        {_key(place): offset for place, offset in ends.items()},
    )


def _place(key: tuple[str, int]) -> Any:
    from aiokafka import TopicPartition

    return TopicPartition(*key)


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
