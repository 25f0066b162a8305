"""The outbox on the real document server: events leave in order, once, and survive failures."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from catalog.adapters.indexes import LEASES, PRODUCTS
from catalog.adapters.lease import Lease
from catalog.adapters.mongo import Database
from catalog.adapters.outbox_relay import BATCH, OutboxRelay
from catalog.adapters.product_repository import MongoProducts
from catalog.domain.money import Money
from catalog.domain.ports import CreationKey
from catalog.testing import make_product
from chassis.metrics import outbox_waiting
from chassis.producer import Outgoing


class RecordingProducer:
    """Keeps what it is given; `failures` of its sends fail first, as if the broker were away."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.failures = 0
        self.before_answer: Callable[[], object] | None = None
        self.connections = 0

    async def start(self) -> None:
        self.connections += 1

    async def stop(self) -> None:
        self.connections -= 1

    async def send_all(self, messages: Sequence[Outgoing]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the broker is away")
        self.sent += messages
        if self.before_answer is not None:
            answer = self.before_answer()
            assert asyncio.iscoroutine(answer)
            await answer

    def told(self) -> list[tuple[str, int]]:
        """(type, sequence) of all that was sent."""
        envelopes = [json.loads(message.value) for message in self.sent]
        return [(e["type"].split(".")[1], e["sequence"]) for e in envelopes]


@pytest.fixture
def producer() -> RecordingProducer:
    return RecordingProducer()


@pytest.fixture
def relay(database: Database, producer: RecordingProducer, wake: asyncio.Event) -> OutboxRelay:
    lease = Lease(database.collection(LEASES), "relay")
    return OutboxRelay(database.collection(PRODUCTS), lease, producer, wake)


async def test_a_products_events_leave_in_order_and_once(
    mongo_products: MongoProducts, relay: OutboxRelay, producer: RecordingProducer
) -> None:
    product = make_product()
    await mongo_products.add(product, CreationKey("k", ""))
    product.set_price("85123A", Money(255, "GBP"))
    await mongo_products.save(product)
    product.withdraw()
    await mongo_products.save(product)
    assert await relay.step()
    assert not await relay.step()
    assert producer.told() == [
        ("product_created", 1),
        ("price_changed", 2),
        ("product_withdrawn", 3),
    ]
    assert {message.key for message in producer.sent} == {str(product.id)}
    assert {message.topic for message in producer.sent} == {"catalog.events"}


async def test_events_stay_while_the_broker_is_away(
    mongo_products: MongoProducts, relay: OutboxRelay, producer: RecordingProducer
) -> None:
    await mongo_products.add(make_product(), CreationKey("k", ""))
    producer.failures = 1
    with pytest.raises(ConnectionError):
        await relay.step()
    assert producer.connections == 0
    assert outbox_waiting._value.get() == 1
    assert await relay.step()
    assert producer.told() == [("product_created", 1)]
    assert outbox_waiting._value.get() == 0


async def test_what_is_written_while_a_batch_is_sent_goes_with_the_next(
    mongo_products: MongoProducts, relay: OutboxRelay, producer: RecordingProducer
) -> None:
    product = make_product()
    await mongo_products.add(product, CreationKey("k", ""))

    async def change() -> None:
        producer.before_answer = None
        product.set_price("85123A", Money(255, "GBP"))
        await mongo_products.save(product)

    producer.before_answer = change
    assert await relay.step()
    assert producer.told() == [("product_created", 1)]
    assert await relay.step()
    assert producer.told()[1:] == [("price_changed", 2)]


async def test_what_was_sent_and_not_pulled_is_sent_again_under_the_same_ids(
    mongo_products: MongoProducts, relay: OutboxRelay, producer: RecordingProducer
) -> None:
    await mongo_products.add(make_product(), CreationKey("k", ""))

    async def die() -> None:
        producer.before_answer = None
        raise ConnectionError("the process died between sending and pulling")

    producer.before_answer = die
    with pytest.raises(ConnectionError):
        await relay.step()
    await relay.step()
    first, second = producer.sent
    assert first.value == second.value


async def test_more_than_a_batch_leaves_in_several(
    mongo_products: MongoProducts, relay: OutboxRelay, producer: RecordingProducer
) -> None:
    many = [make_product(f"{n:05}", slug=f"p{n}") for n in range(BATCH + 5)]
    await mongo_products.save_all(many, [])
    assert await relay.step()
    assert len(producer.sent) == BATCH
    assert await relay.step()
    assert not await relay.step()
    assert len({message.key for message in producer.sent}) == BATCH + 5


async def test_one_relay_at_a_time_publishes(
    mongo_products: MongoProducts,
    database: Database,
    relay: OutboxRelay,
    producer: RecordingProducer,
    wake: asyncio.Event,
) -> None:
    other_lease = Lease(database.collection(LEASES), "relay")
    other = OutboxRelay(database.collection(PRODUCTS), other_lease, producer, wake)
    await mongo_products.add(make_product(), CreationKey("k", ""))
    await relay.step()
    await mongo_products.add(make_product("10001", slug="b"), CreationKey("l", ""))
    assert not await other.step()
    assert len(producer.sent) == 1
    await relay.step()
    assert len(producer.sent) == 2


async def test_a_lease_is_anothers_once_it_has_expired_or_was_given_up(database: Database) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    leases = database.collection(LEASES)
    one = Lease(leases, "job", seconds=10, clock=lambda: now)
    two = Lease(leases, "job", seconds=10, clock=lambda: now)
    assert await one.acquire()
    assert not await two.acquire()
    now += timedelta(seconds=6)
    assert await one.acquire()
    now += timedelta(seconds=6)
    assert not await two.acquire()
    now += timedelta(seconds=5)
    assert await two.acquire()
    assert not await one.acquire()
    await one.release()
    assert not await one.acquire()
    await two.release()
    assert await one.acquire()


async def test_a_lease_of_a_clock_that_was_far_ahead_is_not_waited_out(database: Database) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ahead = timedelta(minutes=5)
    leases = database.collection(LEASES)
    one = Lease(leases, "job", seconds=10, clock=lambda: now + ahead)
    two = Lease(leases, "job", seconds=10, clock=lambda: now)
    assert await one.acquire()
    # That one is dead, or finds out as soon as its clock is right again.
    now += timedelta(seconds=11)
    assert await two.acquire()
    ahead = timedelta(seconds=0)
    assert not await one.acquire()
    ahead = timedelta(seconds=5)
    assert not await one.acquire()
    assert await two.acquire()


async def test_two_who_reach_for_a_free_lease_do_not_both_get_it(database: Database) -> None:
    contenders = [Lease(database.collection(LEASES), "job") for _ in range(8)]
    got = await asyncio.gather(*(lease.acquire() for lease in contenders))
    assert sum(got) == 1


async def test_a_running_relay_is_woken_by_a_write_and_stops_when_asked(
    mongo_products: MongoProducts,
    database: Database,
    relay: OutboxRelay,
    producer: RecordingProducer,
) -> None:
    running = asyncio.create_task(relay.run())
    await mongo_products.add(make_product(), CreationKey("k", ""))
    async with asyncio.timeout(20):
        while not producer.sent:
            await asyncio.sleep(0.01)
        await relay.stop()
        await running
    assert producer.connections == 0
    assert await Lease(database.collection(LEASES), "relay").acquire()
