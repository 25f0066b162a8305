"""How far a consumer is behind, asked of the broker whenever somebody looks at the metrics.

What a consumer knows by itself grows stale exactly when it is stuck, so it is the broker that says
where a partition ends and what the group has committed. Called by the consumer.
"""

import asyncio
from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.metrics import consumer_lag

_SECONDS = 2.0


class Lag:
    """The lag of the partitions that one member of a group has; others have others."""

    def __init__(self, consumer: AIOKafkaConsumer, group: str) -> None:
        self._consumer = consumer
        self._group = group
        self._shown: set[TopicPartition] = set()
        self._ended = False

    async def refresh(self) -> None:
        """Sets the gauges; without a broker there are none, which an alert notices."""
        try:
            async with asyncio.timeout(_SECONDS):
                lags = await self._ask()
        except (KafkaError, OSError, TimeoutError):
            lags = {}
        if not self._ended:
            self._show(lags)

    def forget(self) -> None:
        """Takes the gauges back for good: the partitions belong to other members, or to nobody."""
        self._ended = True
        self._show({})

    def _show(self, lags: Mapping[TopicPartition, int]) -> None:
        for partition in self._shown - lags.keys():
            consumer_lag.remove(*self._labels(partition))
        for partition, lag in lags.items():
            consumer_lag.labels(*self._labels(partition)).set(lag)
        self._shown = set(lags)

    async def _ask(self) -> dict[TopicPartition, int]:
        owned = self._consumer.assignment()
        if not owned:
            return {}
        ends = await self._consumer.end_offsets(list(owned))
        done = await asyncio.gather(*map(self._consumer.committed, ends))
        # Who never committed begins at the beginning.
        return {
            partition: max(0, end - (offset or 0))
            for (partition, end), offset in zip(ends.items(), done, strict=True)
        }

    def _labels(self, partition: TopicPartition) -> tuple[str, str, str]:
        return self._group, partition.topic, str(partition.partition)
