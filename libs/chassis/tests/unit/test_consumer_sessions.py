"""A consumer outlives its connection to the broker, even one that breaks while it is closed."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chassis import consumer
from chassis.consumer import Consumer
from chassis.testing import FakeUnitOfWork


class Member:
    """aiokafka's consumer, whose fetcher breaks with `fault` and says so again when it stops."""

    def __init__(self, fault: Exception | None, fetched: asyncio.Event) -> None:
        self._fault, self._fetched = fault, fetched

    async def start(self) -> None:
        """The broker is there."""

    async def getmany(self, **_: Any) -> Mapping[TopicPartition, Any]:
        if self._fault is not None:
            raise self._fault
        self._fetched.set()
        await asyncio.sleep(0.01)
        return {}

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset()

    async def stop(self) -> None:
        if self._fault is not None:
            raise self._fault


class Subject(Consumer[Any]):
    """A consumer over members of our own, one for each session."""

    def __init__(self, *faults: Exception | None) -> None:
        super().__init__(
            bootstrap="", group="g", topics=["t"], handlers={}, unit_of_work=FakeUnitOfWork
        )
        self.fetched = asyncio.Event()
        self._members = [Member(fault, self.fetched) for fault in faults]

    def _connect(self) -> Any:
        return self._members.pop(0)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def without_a_producer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unused:
        def __init__(self, *_: str) -> None: ...

        async def stop(self) -> None: ...

    monkeypatch.setattr(consumer, "DeadLetters", Unused)


async def test_a_connection_that_breaks_again_while_it_is_closed_ends_nothing() -> None:
    subject = Subject(KafkaError("Unexpected error during data retrieval"), None)
    running = asyncio.create_task(subject.run())
    await asyncio.wait_for(subject.fetched.wait(), 5)
    await subject.stop()
    await asyncio.wait_for(running, 5)


async def test_a_fault_of_our_own_ends_the_consumer() -> None:
    with pytest.raises(ValueError, match="a bug"):
        await Subject(ValueError("a bug")).run()
