"""The saga on PostgreSQL and Kafka: batches, duplicates, timers, and those who wait."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.envelope import Event, new_event
from chassis.ids import uuid7
from chassis.producer import EventProducer, Outgoing
from orders.adapters.metrics import SagaMetrics, open_sagas
from orders.adapters.queries import SqlOrderQueries, SqlPriceQueries
from orders.adapters.unit_of_work import OrdersUnitOfWork
from orders.application.advance_saga import Reply, advance_saga
from orders.application.ports import UnitOfWork
from orders.application.run_time_limits import run_time_limits
from orders.bootstrap import consumers
from orders.consumers import inventory_events, payment_events
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.saga import STEPS, Answer, State
from orders.testing.buyer import Buyer
from orders.testing.values import HEART, NOW, an_order

HANDLERS = {**inventory_events.HANDLERS, **payment_events.HANDLERS}
REPLIES: dict[Answer, tuple[str, dict[str, Any]]] = {
    Answer.STOCK_RESERVED: ("inventory", {"expires_at": "2026-11-22T13:15:00Z"}),
    Answer.PAYMENT_AUTHORISED: ("payments", {"payment_id": str(UUID(int=1)), "amount": {}}),
    Answer.STOCK_COMMITTED: ("inventory", {}),
}
SUCCESSES = [step.succeeds_on for step in STEPS]


def reply(order_id: UUID, answer: Answer) -> Event:
    service, data = REPLIES[answer]
    return new_event(
        source=f"/services/{service}",
        type=f"{service}.{answer}.v1",
        subject=str(order_id),
        sequence=1,
        data={"order_id": str(order_id), **data},
    )


async def keep(engine: AsyncEngine, orders: Sequence[Order]) -> None:
    async with OrdersUnitOfWork(engine) as uow:
        for order in orders:
            await uow.orders.add(order)
        await uow.commit()


async def handle(engine: AsyncEngine, batch: Sequence[Event]) -> int:
    """Handles a batch as the consumer does; returns how many statements that took."""
    seen: list[str] = []

    def executed(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", executed)
    async with OrdersUnitOfWork(engine, preload=True) as uow:
        new = await uow.unseen("test", batch)
        for one in batch:
            if one.id in new:
                new.discard(one.id)
                await HANDLERS[one.type](one, uow)
                uow.flush()
        await uow.commit()
    event.remove(Engine, "before_cursor_execute", executed)
    return len(seen)


async def statuses(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as connection:
        query = "SELECT status, count(*) FROM orders GROUP BY status"
        return dict(map(tuple, await connection.execute(text(query))))


async def test_a_batch_of_two_hundred_answers_costs_as_many_statements_as_one(
    engine: AsyncEngine,
) -> None:
    orders = [an_order() for _ in range(200)]
    await keep(engine, orders)
    for answer in SUCCESSES[:2]:
        await handle(engine, [reply(order.id, answer) for order in orders])
    few = await handle(engine, [reply(orders[0].id, SUCCESSES[2])])
    many = await handle(engine, [reply(order.id, SUCCESSES[2]) for order in orders])
    assert few == many == 5
    assert await statuses(engine) == {"confirmed": 200}


async def test_all_answers_about_one_order_may_come_in_one_batch_and_again(
    engine: AsyncEngine,
) -> None:
    order = an_order()
    await keep(engine, [order])
    batch = [reply(order.id, answer) for answer in SUCCESSES]
    await handle(engine, [*batch, *batch])
    await handle(engine, batch)
    await handle(engine, [reply(order.id, answer) for answer in SUCCESSES])
    async with engine.connect() as connection:
        query = "SELECT convert_from(payload, 'UTF8')::json ->> 'type' FROM outbox ORDER BY id"
        types = [row[0].split(".")[1] for row in await connection.execute(text(query))]
    assert types == [
        *("order_placed", "reserve_stock"),
        *("authorise_payment", "commit_stock", "order_confirmed"),
    ]
    view = await SqlOrderQueries(engine).read(order.id)
    assert (view.status, view.version) == (Status.CONFIRMED, 2)


async def test_batches_that_meet_in_opposite_order_do_not_deadlock(engine: AsyncEngine) -> None:
    orders = [an_order() for _ in range(50)]
    await keep(engine, orders)
    forth = [reply(order.id, Answer.STOCK_RESERVED) for order in orders]
    back = [reply(order.id, Answer.STOCK_RESERVED) for order in reversed(orders)]
    await asyncio.gather(*(handle(engine, batch) for batch in (forth, back, forth[:25], back[:9])))
    assert await statuses(engine) == {"pending": 50}


async def test_timers_at_once_take_each_overdue_saga_once(engine: AsyncEngine) -> None:
    orders = [an_order(now=NOW) for _ in range(150)]
    await keep(engine, orders)
    now = NOW + timedelta(hours=1)
    worked = await asyncio.gather(
        *(run_time_limits(OrdersUnitOfWork(engine), now) for _ in range(4))
    )
    assert any(worked)
    while await run_time_limits(OrdersUnitOfWork(engine), now):
        pass
    assert await statuses(engine) == {"rejected": 150}
    async with engine.connect() as connection:
        query = "SELECT count(*) FROM outbox WHERE convert_from(payload, 'UTF8') LIKE :type"
        values = {"type": "%orders.order_rejected.v1%"}
        assert (await connection.execute(text(query), values)).scalar_one() == 150


async def test_what_a_timer_sends_goes_on_with_the_trace_of_its_order(engine: AsyncEngine) -> None:
    orders = [an_order(now=NOW), an_order(now=NOW)]
    traces = {str(order.id): f"{number:032x}" for number, order in enumerate(orders, start=1)}
    for order in orders:
        order.traceparent = f"00-{traces[str(order.id)]}-{'b' * 16}-01"
    await keep(engine, [*orders, an_order(now=NOW)])
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM outbox"))
    assert await run_time_limits(OrdersUnitOfWork(engine), NOW + timedelta(hours=1))
    async with engine.connect() as connection:
        query = text("SELECT DISTINCT key, split_part(traceparent, '-', 2) FROM outbox")
        sent = dict(map(tuple, await connection.execute(query)))
    assert len(sent) == 3
    assert sent.items() >= traces.items()


async def test_a_saga_that_another_holds_is_skipped(engine: AsyncEngine) -> None:
    held, free = an_order(), an_order()
    await keep(engine, [held, free])
    async with OrdersUnitOfWork(engine) as uow:
        await uow.orders.get(held.id)
        assert await run_time_limits(OrdersUnitOfWork(engine), NOW + timedelta(hours=1))
    assert (await SqlOrderQueries(engine).read(held.id)).status is Status.PENDING
    assert (await SqlOrderQueries(engine).read(free.id)).status is Status.REJECTED


async def test_open_sagas_are_counted_by_state(engine: AsyncEngine) -> None:
    orders = [an_order() for _ in range(3)]
    await keep(engine, orders)
    await handle(engine, [reply(orders[0].id, answer) for answer in SUCCESSES])
    await handle(engine, [reply(orders[1].id, SUCCESSES[0])])
    await SagaMetrics(engine).measure()
    found = {
        one.labels["state"]: one.value for metric in open_sagas.collect() for one in metric.samples
    }
    assert found == {"reserving": 1, "authorising": 1, "committing": 0, "compensating": 0}


async def eventually(condition: Callable[[], Any], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


PRODUCT = {
    "product_id": "01990000-0000-7000-8000-0000000000b1",
    "variants": [
        {"sku": HEART.sku, "name": HEART.name, "price": {"amount": 295, "currency": "GBP"}}
    ],
}


async def test_what_comes_over_kafka_confirms_orders_and_sets_prices(
    engine: AsyncEngine, engines: Any
) -> None:
    names = ["inventory.events", "payments.events", "catalog.events", "notifications.events"]
    prefix = await engines.topic_prefix(names)
    orders = [an_order() for _ in range(5)]
    await keep(engine, orders)
    running = consumers(engines.kafka_bootstrap, engine, prefix)
    producer = EventProducer(engines.kafka_bootstrap)
    await producer.start()
    tasks = [asyncio.create_task(consumer.run()) for consumer in running]

    async def tell(*events: Event) -> None:
        topics = [f"{prefix}{one.type.partition('.')[0]}.events" for one in events]
        sent = zip(topics, events, strict=True)
        await producer.send_all([Outgoing(t, e.subject, e.to_json()) for t, e in sent])

    async def priced() -> bool:
        return await SqlPriceQueries(engine).of([HEART.sku]) == {HEART.sku: HEART}

    try:
        type_, product_id = "catalog.product_created.v1", str(PRODUCT["product_id"])
        await tell(new_event(source="/t", type=type_, subject=product_id, sequence=1, data=PRODUCT))
        for step in STEPS:
            await eventually(partial(all_at, engine, step.state))
            replies = [reply(order.id, step.succeeds_on) for order in orders]
            await tell(*replies, *replies)
        await eventually(partial(all_at, engine, State.COMPLETED))
        await eventually(priced)
    finally:
        await asyncio.gather(*(consumer.stop() for consumer in running))
        await asyncio.gather(*tasks)
        await producer.stop()
    assert await statuses(engine) == {"confirmed": 5}


async def all_at(engine: AsyncEngine, state: State) -> bool:
    async with engine.connect() as connection:
        states = await connection.execute(text("SELECT DISTINCT state FROM order_sagas"))
        return list(states.scalars()) == [state]


async def settle(engine: AsyncEngine, uow: UnitOfWork, order_id: UUID) -> None:
    async with uow:
        for answer in SUCCESSES:
            await advance_saga(Reply(order_id, answer), uow, utcnow())
        await uow.commit()


@pytest.mark.parametrize("wait", [5, 8])
async def test_a_request_that_waits_is_woken_by_whoever_settles_its_order(
    live: AsyncClient, bearer: Callable[..., dict[str, str]], engine: AsyncEngine, wait: int
) -> None:
    buyer = await Buyer(live, bearer(subject=str(uuid7()))).fill(_85123A=1)
    began = asyncio.get_running_loop().time()
    placing = asyncio.create_task(buyer.order(headers={"Prefer": f"wait={wait}"}))

    async def placed() -> bool:
        return await statuses(engine) == {"pending": 1}

    await eventually(placed)
    async with engine.connect() as connection:
        order_id = (await connection.execute(text("SELECT id FROM orders"))).scalar_one()
    await settle(engine, OrdersUnitOfWork(engine), order_id)
    answer = await placing
    assert answer.json()["status"] == "confirmed"
    assert answer.headers["preference-applied"] == f"wait={wait}"
    assert asyncio.get_running_loop().time() - began < wait
