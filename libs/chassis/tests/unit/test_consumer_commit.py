"""A batch whose partitions were given away meanwhile leaves its offsets to their new owner."""

from typing import Any

from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from chassis.consumer import Consumer


class AfterRebalance:
    """A client of the broker to which no partition is left."""

    def __init__(self) -> None:
        self.committed: list[Any] = []

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset()

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        assert offsets, "aiokafka refuses to commit nothing"
        self.committed.append(offsets)


async def test_a_rebalance_that_takes_every_partition_of_a_batch_ends_nothing() -> None:
    client: Any = AfterRebalance()
    record: Any = ConsumerRecord("t", 0, 7, 0, 0, None, None, None, 0, 0, ())
    consumer: Consumer[Any] = Consumer(
        bootstrap="nowhere", group="g", topics=["t"], handlers={}, unit_of_work=dict
    )
    await consumer._commit(client, {TopicPartition("t", 0): [record]})
    assert client.committed == []
