"""The way of a command: from Kafka through the handlers to the reply in the outbox."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.envelope import Event, new_event
from chassis.process import Component
from chassis.producer import EventProducer, Outgoing
from inventory.bootstrap import consumers, expiry_worker

Fill = Callable[[dict[str, int]], Awaitable[None]]
Read = Callable[..., Awaitable[list[Any]]]
Send = Callable[..., Awaitable[None]]

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def send(engines: Any, engine: AsyncEngine) -> AsyncIterator[Send]:
    """Sends to inventory's two topics, whose consumers and expiry worker run meanwhile."""
    names = ["inventory.commands", "catalog.events", "inventory.commands.dlq"]
    prefix = await engines.topic_prefix(names)
    kafka = engines.kafka_bootstrap
    parts: list[Component] = [*consumers(kafka, engine, 1, prefix), expiry_worker(engine)]
    running = [asyncio.create_task(part.run()) for part in parts]
    producer = EventProducer(kafka)
    await producer.start()

    async def send(topic: str, kind: str, subject: str, data: dict[str, Any]) -> None:
        event = new_event(source="x", type=kind, subject=subject, sequence=1, data=data)
        headers = (("traceparent", TRACE.encode()),)
        await producer.send_all([Outgoing(prefix + topic, subject, event.to_json(), headers)])

    yield send
    await producer.stop()
    await asyncio.gather(*(part.stop() for part in parts))
    await asyncio.gather(*running)


async def until(read: Read, statement: str, expected: list[Any]) -> None:
    """Waits up to 20 s until the rows are as expected."""
    async with asyncio.timeout(20):
        while await read(statement) != expected:
            await asyncio.sleep(0.05)


async def replies(read: Read, order_id: str) -> list[Event]:
    rows = await read("SELECT payload FROM outbox WHERE key = :key ORDER BY id", key=order_id)
    return [Event.from_json(row[0]) for row in rows]


async def test_a_product_becomes_stock_and_an_uncommitted_hold_of_it_expires(
    send: Send, fill: Fill, read: Read
) -> None:
    data = {"product_id": str(uuid4()), "variants": [{"sku": "10001"}]}
    await send("catalog.events", "catalog.product_created.v1", "p", data)
    await until(read, "SELECT sku, available FROM stock", [("10001", 0)])
    await fill({"10001": 5})

    order_id = str(uuid4())
    wanted = {"order_id": order_id, "lines": [{"sku": "10001", "quantity": 2}]}
    await send("inventory.commands", "inventory.reserve_stock.v1", order_id, wanted)
    await until(read, "SELECT status FROM reservations", [("expired",)])

    reserved, expired = await replies(read, order_id)
    assert [reserved.sequence, expired.sequence] == [1, 2]
    assert expired.correlation_id == reserved.correlation_id
    traces = await read("SELECT traceparent FROM outbox WHERE key = :key", key=order_id)
    assert {trace[0].split("-")[1] for trace in traces} == {TRACE.split("-")[1]}


async def test_a_bad_command_goes_to_the_dead_letters_and_holds_nobody_up(
    send: Send, fill: Fill, read: Read
) -> None:
    await fill({"10001": 5})
    order_id = str(uuid4())
    for quantity in (0, 2):
        wanted = {"order_id": order_id, "lines": [{"sku": "10001", "quantity": quantity}]}
        await send("inventory.commands", "inventory.reserve_stock.v1", order_id, wanted)
    await send("inventory.commands", "inventory.commit_stock.v1", order_id, {"order_id": order_id})
    await until(read, "SELECT status FROM reservations", [("committed",)])
    assert [event.sequence for event in await replies(read, order_id)] == [1, 2]
