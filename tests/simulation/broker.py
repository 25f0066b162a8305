"""Kafka in memory: partitions, offsets, consumer groups that share partitions out, a producer.

aiokafka's two classes as the chassis's real `Consumer` and `EventProducer` use them. A member that
was killed keeps its partitions until its session ends; whoever comes or goes makes the broker share
out anew, and what was fetched before and not committed comes again.
"""

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalGenerationError

from tests.simulation.world import CURRENT, World

PARTITIONS = 3
SESSION_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Record:
    """One message, as aiokafka hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    timestamp: int = 0


@dataclass(eq=False, slots=True)
class Group:
    """A consumer group; `shares` says who has which partition, `topics` what it ever wanted."""

    members: list["GroupMember"] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    offsets: defaultdict[TopicPartition, int] = field(default_factory=lambda: defaultdict(int))
    generation: int = 0
    shares: dict[TopicPartition, "GroupMember"] = field(default_factory=dict)

    def share_out(self) -> None:
        """Gives each partition to one of the members that want its topic."""
        self.generation += 1
        topics = sorted({topic for member in self.members for topic in member.topics})
        self.topics.update(topics)
        places = [TopicPartition(topic, n) for topic in topics for n in range(PARTITIONS)]
        count = len(self.members)
        self.shares = {place: self.members[n % count] for n, place in enumerate(places)}


class Broker:
    """All topics, and all groups."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.logs: defaultdict[TopicPartition, list[Record]] = defaultdict(list)
        self.groups: defaultdict[str, Group] = defaultdict(Group)

    def append(self, place: TopicPartition, batch: Sequence[tuple[Any, ...]]) -> None:
        """Takes a batch whole."""
        log = self.logs[place]
        for key, value, headers in batch:
            log.append(Record(place.topic, place.partition, len(log), key, value, tuple(headers)))
        for group in self.groups.values():
            if (member := group.shares.get(place)) is not None:
                self.world.unpark(member.place)

    def records(self, topic: str) -> list[Record]:
        """Every message of a topic, partition after partition."""
        return [r for n in range(PARTITIONS) for r in self.logs[TopicPartition(topic, n)]]

    def is_read(self) -> bool:
        """Whether every group has committed all that there is, even one without members."""
        return all(
            group.offsets[TopicPartition(topic, n)] >= len(self.logs[TopicPartition(topic, n)])
            for group in self.groups.values()
            for topic in group.topics
            for n in range(PARTITIONS)
        )

    def rewind(self, number: int, partition: int, count: int) -> None:
        """Forgets the last offsets that one of the groups committed, as a lost commit would."""
        names = sorted(self.groups)
        if not names:
            return
        group = self.groups[names[number % len(names)]]
        for place in group.shares:
            if place.partition == partition:
                group.offsets[place] = max(0, group.offsets[place] - count)
        self.share_out(group)

    def share_out(self, group: Group) -> None:
        """Gives the partitions out anew, and has every member look at its own."""
        group.share_out()
        for member in group.members:
            self.world.unpark(member.place)

    def leave(self, name: str, member: "GroupMember") -> None:
        """A member goes, or its session has ended."""
        group = self.groups[name]
        if member in group.members:
            group.members.remove(member)
            self.share_out(group)


class GroupMember:
    """aiokafka's AIOKafkaConsumer."""

    def __init__(self, broker: Broker, topics: Sequence[str], group_id: str) -> None:
        self._broker, self._world = broker, broker.world
        self.topics, self._name = topics, group_id
        self.place = f"{group_id} {broker.world.number()}"
        self._generation = -1
        self._positions: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        await self._world.op("read", f"{self._name} join", self._join)
        process = CURRENT.get()
        if process is not None:
            process.on_death.append(self._fall_silent)

    async def stop(self) -> None:
        self._broker.leave(self._name, self)

    async def getmany(self, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, Any]:
        """Waits for as long as it takes: nothing else is to be done meanwhile."""
        polled: Mapping[TopicPartition, Any] = await self._world.op(
            "fetch", f"{self._name} fetch", lambda: self._fetch(max_records)
        )
        return polled

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """The request says of which generation it is, however long it takes to arrive."""
        sent = self._generation
        await self._world.op(
            "offsets", f"{self._name} offsets", lambda: self._commit(offsets, sent)
        )

    def assignment(self) -> set[TopicPartition]:
        shares = self._group.shares.items()
        return {place for place, member in shares if member is self}

    def highwater(self, place: TopicPartition) -> int:
        return len(self._broker.logs[place])

    @property
    def _group(self) -> Group:
        return self._broker.groups[self._name]

    def _join(self) -> None:
        self._group.members.append(self)
        self._broker.share_out(self._group)

    def _fall_silent(self) -> None:
        self._world.loop.call_later(SESSION_SECONDS, self._broker.leave, self._name, self)

    def _fetch(self, limit: int) -> Mapping[TopicPartition, Any]:
        group = self._group
        mine = [place for place, member in group.shares.items() if member is self]
        if self._generation != group.generation:
            self._generation = group.generation
            self._positions = {place: group.offsets[place] for place in mine}
        waiting = [p for p in mine if len(self._broker.logs[p]) > self._positions[p]]
        if not waiting:
            raise self._world.park(self.place)
        polled: dict[TopicPartition, Any] = {}
        for place in waiting[: 1 + self._world.turns.pick(len(waiting))]:
            log, begin = self._broker.logs[place], self._positions[place]
            count = len(log) - begin - self._world.turns.pick(len(log) - begin)
            polled[place] = log[begin : begin + min(count, limit)]
            self._positions[place] = begin + len(polled[place])
        if self._world.telling:
            self._tell(polled)
        return polled

    def _tell(self, polled: Mapping[TopicPartition, Any]) -> None:
        for place, batch in polled.items():
            offsets = f"{batch[0].offset}" if len(batch) == 1 else f"{batch[0].offset} and on"
            self._world.tell(f"{self._name} takes {len(batch)} of {place.topic} from {offsets}")

    def _commit(self, offsets: Mapping[TopicPartition, int], generation: int) -> None:
        group = self._group
        if self not in group.members or generation != group.generation:
            raise IllegalGenerationError(self._name)
        group.offsets.update(offsets)


class _Batch:
    """aiokafka's BatchBuilder, without a limit."""

    def __init__(self) -> None:
        self.messages: list[tuple[Any, ...]] = []

    def append(self, *, key: bytes, value: bytes, timestamp: None, headers: Any) -> bool:
        self.messages.append((key, value, headers))
        return True


class Producer:
    """aiokafka's AIOKafkaProducer."""

    def __init__(self, broker: Broker, name: str) -> None:
        self._broker, self._world, self._name = broker, broker.world, name

    async def start(self) -> None:
        await self._world.op("read", f"{self._name} producer", lambda: None)

    async def stop(self) -> None:
        """What is under way stays under way."""

    async def partitions_for(self, _topic: str) -> set[int]:
        return set(range(PARTITIONS))

    def create_batch(self) -> _Batch:
        return _Batch()

    async def send_batch(self, batch: _Batch, topic: str, *, partition: int) -> Any:
        place = TopicPartition(topic, partition)
        label = f"{self._name} sends {len(batch.messages)} to {topic} {partition}"
        return self._world.op(
            "send", label, lambda: self._broker.append(place, batch.messages), on_the_wire=True
        )


def partition_of(key: bytes, partitions: Sequence[int], _available: Sequence[int]) -> int:
    """Like Kafka's partitioner: the same key goes to the same partition."""
    return partitions[zlib.crc32(key) % len(partitions)]
