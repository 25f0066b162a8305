"""Messages that come again: the same bytes sent once more in any order, and offsets set back.

A broker that promises "at least once" may do both at any time. Every consumer has to take the
first appearance of an event and none of the others.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from native.chaos.faults.persistence import persistently
from native.chaos.ground import Ground
from native.topics import PARTITIONS

MOST_AGAIN = 40
MOST_BACK = 60


@dataclass(frozen=True, slots=True)
class SentAgain:
    """Earlier messages of a topic, byte for byte, in an order that they never had."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Sends them, each to the partition that it came from."""
        await persistently(lambda: self._send_again(ground.record.kafka_bootstrap))

    async def heal(self, ground: Ground) -> None:
        """Nothing is to be undone: the messages stay."""

    async def _send_again(self, bootstrap: str) -> None:
        dice = random.Random(self.dice)  # noqa: S311
        found = await _earlier(bootstrap, self.target, dice)
        dice.shuffle(found)
        await _send(bootstrap, found)


@dataclass(frozen=True, slots=True)
class SetBack:
    """A service comes back and finds its offsets where they were some messages ago."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Stops the service and sets its groups back; a group takes offsets while it is empty."""
        await ground.stop(self.target)
        bootstrap = ground.record.kafka_bootstrap
        await persistently(lambda: _set_back(bootstrap, self.target, self.dice))

    async def heal(self, ground: Ground) -> None:
        """Starts the service again."""
        await ground.up(self.target)


async def _earlier(bootstrap: str, topic: str, dice: random.Random) -> list[Any]:
    """Up to MOST_AGAIN messages that follow each other somewhere in one partition."""
    from aiokafka import AIOKafkaConsumer, TopicPartition

    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        await consumer.start()
        place = TopicPartition(topic, dice.randrange(PARTITIONS))
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, dice.randrange(max(1, end - MOST_AGAIN)))
        found = (await consumer.getmany(timeout_ms=2000, max_records=MOST_AGAIN)).values()
        return [record for batch in found for record in batch]
    finally:
        await consumer.stop()


async def _send(bootstrap: str, records: list[Any]) -> None:
    from aiokafka import AIOKafkaProducer

    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        await producer.start()
        for record in records:
            where = {"partition": record.partition, "headers": list(record.headers)}
            await producer.send_and_wait(record.topic, record.value, record.key, **where)
    finally:
        await producer.stop()


async def _set_back(bootstrap: str, service: str, seed: int) -> None:
    """Every group of the service, which are named after it."""
    from aiokafka.admin import AIOKafkaAdminClient

    dice = random.Random(seed)  # noqa: S311
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        names = sorted(name for name, _ in await admin.list_consumer_groups())
        groups = [name for name in names if name.split("-")[0] == service]
        reached = {group: await admin.list_consumer_group_offsets(group) for group in groups}
    finally:
        await admin.close()
    for group, places in reached.items():
        back = {p: max(0, at.offset - dice.randrange(1, MOST_BACK)) for p, at in places.items()}
        await _commit(bootstrap, group, back)


async def _commit(bootstrap: str, group: str, offsets: Mapping[Any, int]) -> None:
    """Waits for the last member to be gone: only an empty group takes offsets of a stranger."""
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    try:
        await consumer.start()
        consumer.assign(list(offsets))
        await consumer.commit(dict(offsets))
    finally:
        await consumer.stop()
