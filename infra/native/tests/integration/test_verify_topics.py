"""Verify reads real topics to their end, and what it reads tells gaps from repetitions."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from chassis.envelope import Event, new_event
from chassis.producer import EventProducer, Outgoing
from native.testing import Engines
from native.verify.invariants.sequences import Sequences
from native.verify.topic_reader import Heard, extent_of, read_topics

TOPIC = "orders.events"


def event(subject: str, sequence: int) -> Event:
    return new_event(
        source="/services/orders",
        type="orders.order_placed.v1",
        subject=subject,
        sequence=sequence,
        data={"filling": "x" * 500},
        id=uuid4(),
    )


async def publish(bootstrap: str, topic: str, events: Sequence[Event]) -> None:
    producer = EventProducer(bootstrap)
    await producer.start()
    await producer.send_all([Outgoing(topic, e.subject, e.to_json()) for e in events])
    await producer.send_all([Outgoing(topic, "nobody", b"no envelope")])
    await producer.stop()


async def test_a_gap_on_a_topic_is_found_among_repetitions_and_strange_bytes(
    engines: Engines,
) -> None:
    prefix = await engines.topic_prefix([TOPIC])
    whole = [event(f"o-{number}", sequence) for sequence in (1, 2) for number in range(600)]
    torn = [event("torn", sequence) for sequence in (1, 2, 4)]
    await publish(engines.kafka_bootstrap, prefix + TOPIC, [*whole, *torn, *whole[:50], torn[0]])
    book, strange = Sequences(), 0

    async def take(heard: Sequence[Heard]) -> None:
        nonlocal strange
        for each in heard:
            strange += each.event is None
            message = replace(each.message, topic=each.message.topic.removeprefix(prefix))
            if each.event is not None:
                book.take(message.topic, each.event)

    names = [prefix + TOPIC, prefix + "no.such.topic"]
    extent = await read_topics(engines.kafka_bootstrap, names, take)
    found = book.finish(extent.cut)
    assert found.checked["messages"] == len(whole) + len(torn) + 51
    assert found.checked["repetitions"] == 51
    assert strange == 1
    assert found.by_clause == {"gap": 1}
    assert "torn" in found.examples[0].about
    assert sum(extent.ends.values()) == len(whole) + len(torn) + 52
    assert extent.cut == frozenset()
    assert await extent_of(engines.kafka_bootstrap, names) == extent
