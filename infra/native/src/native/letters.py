"""Reads the dead-letter topics and sends their messages back to where they came from.

A letter is waiting until it was replayed: how far each topic was replayed is kept as the committed
offset of a consumer group of our own. Called by `./souk dlq`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from native import topics

GROUP = "souk-dlq"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that nobody could handle; `topic` is where it came from."""

    topic: str
    offset: int
    consumer: str
    reason: str
    time: str
    key: str
    body: str


@asynccontextmanager
async def _reader(bootstrap: str) -> AsyncIterator[Any]:
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=GROUP, enable_auto_commit=False
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def waiting(bootstrap: str) -> list[Letter]:
    """Every letter that was not replayed yet, oldest first in each topic."""
    async with _reader(bootstrap) as consumer:
        return [_letter(record) for record in await _records(consumer)]


async def replay(bootstrap: str, topic: str | None) -> int:
    """Sends the waiting letters (of one topic, or all) to their topics again; returns how many.

    Consumers that had handled a message know it by its id; only the one that failed takes it.
    """
    from aiokafka import AIOKafkaProducer, TopicPartition

    async with _reader(bootstrap) as consumer:
        records = [r for r in await _records(consumer) if topic in (None, _origin(r))]
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
        try:
            await producer.start()
            for record in records:
                headers = [(n, v) for n, v in record.headers if n == "traceparent"]
                target = _origin(record)
                await producer.send_and_wait(target, record.value, record.key, headers=headers)
                place = TopicPartition(record.topic, record.partition)
                await consumer.commit({place: record.offset + 1})
        finally:
            await producer.stop()
    return len(records)


async def _records(consumer: Any) -> list[Any]:
    """The records between what was replayed and the end of each dead-letter topic."""
    from aiokafka import TopicPartition

    places = [TopicPartition(name, 0) for name in topics.names() if _is_dead(name)]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    begins = {place: await consumer.committed(place) or 0 for place in places}
    records: list[Any] = []
    for place in places:
        consumer.seek(place, begins[place])
    left = {place for place in places if begins[place] < ends[place]}
    while left:
        for place, found in (await consumer.getmany(*left, timeout_ms=1000)).items():
            records += [record for record in found if record.offset < ends[place]]
            if found and found[-1].offset + 1 >= ends[place]:
                left.discard(place)
    return sorted(records, key=lambda record: (record.topic, record.offset))


def _is_dead(name: str) -> bool:
    return name.endswith(".dlq")


def _origin(record: Any) -> str:
    return str(record.topic).removesuffix(".dlq")


def find(letters: Sequence[Letter], topic: str, offset: int) -> Letter | None:
    """The waiting letter at this place."""
    return next((each for each in letters if (each.topic, each.offset) == (topic, offset)), None)


def _letter(record: Any) -> Letter:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    return Letter(
        topic=_origin(record),
        offset=record.offset,
        consumer=headers.get("x-consumer", ""),
        reason=headers.get("x-reason", ""),
        time=datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="seconds"),
        key=(record.key or b"").decode(errors="replace"),
        body=(record.value or b"").decode(errors="replace"),
    )
