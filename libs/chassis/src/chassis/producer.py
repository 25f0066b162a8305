"""Sends events to Kafka: idempotent, acknowledged by all in-sync replicas, in order for each key.

The relays and the dead letters use it. Each round sends at most one batch to a partition, and a
batch is appended whole or not at all; so a later event can never overtake one that failed.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from chassis import failpoints

_BATCH_BYTES = 768 * 1024
_REQUEST_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as Kafka takes it."""

    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class _Batch:
    builder: Any
    positions: list[int] = field(default_factory=list)
    full: bool = False


class EventProducer:
    """A producer with `start` and `stop`; after an error of the broker make a new one."""

    def __init__(self, bootstrap: str, *, client_id: str = "souk") -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._partition = DefaultPartitioner()
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connects; raises KafkaError while no broker answers."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            enable_idempotence=True,
            acks="all",
            max_batch_size=_BATCH_BYTES,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Sends what is under way and closes the connections."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.stop()

    async def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Returns once every message is acknowledged.

        Raises the broker's error when one is not; then some of the others may have been taken.
        """
        waiting: Iterable[int] = range(len(messages))
        while remaining := await self._send_round(messages, waiting):
            waiting = remaining

    async def _send_round(self, messages: Sequence[Outgoing], waiting: Iterable[int]) -> list[int]:
        """Sends one batch to each partition; returns the positions that did not fit."""
        if self._producer is None:
            raise ConnectionError("the producer is not started")
        batches: dict[tuple[str, int], _Batch] = {}
        left: list[int] = []
        for position in waiting:
            message = messages[position]
            target = (message.topic, await self._partition_of(message))
            batch = batches.get(target)
            if batch is None:
                batch = batches[target] = _Batch(self._producer.create_batch())
            if batch.full or not _append(batch, message):
                batch.full = True
                left.append(position)
            else:
                batch.positions.append(position)
        acknowledgements = [
            await self._producer.send_batch(batch.builder, topic, partition=partition)
            for (topic, partition), batch in batches.items()
        ]
        await failpoints.hit("producer.before_acknowledgement")
        await asyncio.gather(*acknowledgements)
        return left

    async def _partition_of(self, message: Outgoing) -> int:
        assert self._producer is not None
        partitions = sorted(await self._producer.partitions_for(message.topic))
        return int(self._partition(message.key.encode(), partitions, partitions))


def _append(batch: _Batch, message: Outgoing) -> bool:
    """Returns False when the batch is full."""
    added = batch.builder.append(
        key=message.key.encode(),
        value=message.value,
        timestamp=None,
        headers=list(message.headers),
    )
    return added is not None
