"""A group's lag is what the broker says, and nobody shows what is no longer theirs."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY

from chassis.lag import Lag

FIRST, SECOND = TopicPartition("t", 0), TopicPartition("t", 1)


class Member:
    """A consumer whose broker answers as it is told."""

    def __init__(self) -> None:
        self.ends = {FIRST: 10, SECOND: 7}
        self.done: dict[TopicPartition, int | None] = {FIRST: 4, SECOND: None}
        self.away = False

    def assignment(self) -> set[TopicPartition]:
        return set(self.ends)

    async def end_offsets(self, _partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        if self.away:
            raise KafkaConnectionError
        return dict(self.ends)

    async def committed(self, partition: TopicPartition) -> int | None:
        return self.done[partition]


def shown(partition: int) -> float | None:
    labels = {"group": "lag-test", "topic": "t", "partition": str(partition)}
    return REGISTRY.get_sample_value("consumer_lag", labels)


async def test_the_lag_is_what_lies_behind_the_committed_offset() -> None:
    member: Any = Member()
    lag = Lag(member, "lag-test")
    await lag.refresh()
    assert (shown(0), shown(1)) == (6, 7)
    member.done[SECOND] = 7
    await lag.refresh()
    assert (shown(0), shown(1)) == (6, 0)


async def test_a_partition_that_went_to_another_member_is_not_shown() -> None:
    member: Any = Member()
    lag = Lag(member, "lag-test")
    await lag.refresh()
    del member.ends[SECOND]
    await lag.refresh()
    assert (shown(0), shown(1)) == (6, None)
    lag.forget()
    assert shown(0) is None


async def test_without_a_broker_there_is_no_figure_rather_than_an_old_one() -> None:
    member: Any = Member()
    lag = Lag(member, "lag-test")
    await lag.refresh()
    member.away = True
    await lag.refresh()
    assert (shown(0), shown(1)) == (None, None)


async def test_an_answer_that_comes_after_the_end_is_shown_no_more() -> None:
    """A membership may end while somebody looks at the metrics, and nobody would take it back."""
    member: Any = Member()
    answered = asyncio.Event()
    ends = member.end_offsets

    async def slowly(partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await answered.wait()
        found: dict[TopicPartition, int] = await ends(partitions)
        return found

    member.end_offsets = slowly
    lag = Lag(member, "lag-test")
    looking = asyncio.create_task(lag.refresh())
    await asyncio.sleep(0)
    lag.forget()
    answered.set()
    await looking
    assert (shown(0), shown(1)) == (None, None)
