"""Offsets are committed beside the work: late by a moment, never for what is not handled."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaConnectionError
from aiokafka.structs import ConsumerRecord

from chassis import offsets
from chassis.offsets import Offsets

HERE, THERE = TopicPartition("t", 0), TopicPartition("t", 1)


class Broker:
    """A client of the broker that owns `owned`, and fails as it is told."""

    def __init__(self, *owned: TopicPartition) -> None:
        self.owned = set(owned)
        self.committed: list[dict[TopicPartition, int]] = []
        self.failures: list[Exception] = []
        self.takes = 0.0

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self.owned)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        assert offsets, "aiokafka refuses to commit nothing"
        await asyncio.sleep(self.takes)
        if self.failures:
            raise self.failures.pop()
        self.committed.append(dict(offsets))


def batch(place: TopicPartition, offset: int) -> Mapping[TopicPartition, Any]:
    return {place: [ConsumerRecord(*place, offset, 0, 0, None, None, None, 0, 0, ())]}


def keeper(client: Broker) -> Offsets:
    chosen: Any = client
    return Offsets(chosen, "g")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offsets, "LAG_SECONDS", 0.01)
    monkeypatch.setattr(offsets, "RETRY_SECONDS", 0.02)


async def test_many_batches_are_one_commit() -> None:
    client = Broker(HERE, THERE)
    kept = keeper(client)
    for offset in range(7):
        kept.handled(batch(HERE, offset))
    kept.handled(batch(THERE, 41))
    await asyncio.sleep(0.05)
    assert client.committed == [{HERE: 7, THERE: 42}]
    kept.handled(batch(HERE, 7))
    await asyncio.sleep(0.05)
    assert client.committed[1:] == [{HERE: 8}]


async def test_a_batch_that_ends_while_a_commit_is_under_way_is_committed_after_it() -> None:
    client = Broker(HERE)
    client.takes = 0.03
    kept = keeper(client)
    kept.handled(batch(HERE, 7))
    await asyncio.sleep(0.025)
    kept.handled(batch(HERE, 8))
    await asyncio.sleep(0.2)
    assert client.committed == [{HERE: 8}, {HERE: 9}]


async def test_the_last_batch_is_committed_at_the_end_without_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offsets, "LAG_SECONDS", 60)
    client = Broker(HERE)
    kept = keeper(client)
    kept.handled(batch(HERE, 7))
    await kept.close()
    assert client.committed == [{HERE: 8}]


async def test_a_rebalance_that_takes_every_partition_of_a_batch_ends_nothing() -> None:
    client = Broker()
    kept = keeper(client)
    kept.handled(batch(HERE, 7))
    await kept.close()
    assert client.committed == []


async def test_a_refusal_leaves_the_offsets_to_the_new_owner() -> None:
    client = Broker(HERE)
    client.failures.append(CommitFailedError())
    kept = keeper(client)
    kept.handled(batch(HERE, 7))
    await asyncio.sleep(0.015)
    client.owned = {THERE}
    await asyncio.sleep(0.05)
    await kept.close()
    assert client.committed == []


async def test_what_was_refused_is_told_again_when_the_partition_stayed_here() -> None:
    client = Broker(HERE)
    client.failures.append(CommitFailedError())
    kept = keeper(client)
    kept.handled(batch(HERE, 7))
    await asyncio.sleep(0.1)
    assert client.committed == [{HERE: 8}]


async def test_what_a_broker_that_was_away_did_not_take_it_is_told_again() -> None:
    client = Broker(HERE, THERE)
    client.failures += [KafkaConnectionError(), KafkaConnectionError()]
    kept = keeper(client)
    kept.handled(batch(HERE, 7))
    await asyncio.sleep(0.015)
    kept.handled(batch(THERE, 1))
    await asyncio.sleep(0.1)
    assert client.committed == [{HERE: 8, THERE: 2}]


async def test_a_fault_of_our_own_is_not_swallowed() -> None:
    client = Broker(HERE)
    client.failures.append(ValueError("a bug"))
    kept = keeper(client)
    kept.handled(batch(HERE, 7))
    await asyncio.sleep(0.05)
    with pytest.raises(ValueError, match="a bug"):
        kept.handled(batch(HERE, 8))
