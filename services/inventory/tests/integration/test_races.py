"""Many at once: nothing is sold twice, nobody waits in a circle, and movements add up."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import utcnow
from chassis.envelope import Event, new_event
from chassis.idempotency import IdempotencyKey, KeyInFlight
from inventory.adapters.unit_of_work import InventoryUnitOfWork
from inventory.application.adjust_stock import AdjustStock, adjust_stock
from inventory.application.commit_stock import CommitStock, commit_stock
from inventory.application.expire_reservations import expire_reservations
from inventory.application.release_stock import ReleaseStock, release_stock
from inventory.application.reserve_stock import ReserveStock, reserve_stock
from inventory.domain.adjustment import Adjustment, AdjustmentLine

OpenUow = Callable[[], InventoryUnitOfWork]
Fill = Callable[[dict[str, int]], Awaitable[None]]
Read = Callable[..., Awaitable[list[Any]]]

ADD_UP = """
SELECT s.sku FROM stock s LEFT JOIN (
  SELECT sku, sum(available) AS available, sum(reserved) AS reserved, sum(sold) AS sold,
         sum(returned) AS returned
  FROM movements GROUP BY sku
) m USING (sku)
WHERE (s.available, s.reserved, s.sold, s.returned)
  IS DISTINCT FROM (coalesce(m.available, 0), coalesce(m.reserved, 0),
                    coalesce(m.sold, 0), coalesce(m.returned, 0))
"""
NEVER_NEGATIVE = """
SELECT sku FROM (
  SELECT sku, sum(available) OVER w AS available, sum(reserved) OVER w AS reserved,
         sum(sold) OVER w AS sold, sum(returned) OVER w AS returned
  FROM movements WINDOW w AS (PARTITION BY sku ORDER BY id)
) AS running WHERE least(available, reserved, sold - returned) < 0
"""


async def reserve(open_uow: OpenUow, order_id: UUID, lines: dict[str, int]) -> None:
    until = utcnow() + timedelta(minutes=15)
    async with open_uow() as uow:
        await reserve_stock(ReserveStock(uuid4(), order_id, lines, until), uow)
        await uow.commit()


async def test_of_a_hundred_buyers_of_ten_units_exactly_ten_get_one(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 10})
    await asyncio.gather(*(reserve(open_uow, uuid4(), {"10001": 1}) for _ in range(100)))
    counts = dict(await read("SELECT status, count(*) FROM reservations GROUP BY status"))
    assert counts == {"held": 10, "rejected": 90}
    assert await read("SELECT available, reserved FROM stock") == [(0, 10)]
    assert await read(ADD_UP) == []


async def test_orders_of_the_same_skus_in_any_order_do_not_stop_each_other(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    """Batches are the hard case: each holds locks of many orders until its commit."""
    skus = [str(number) for number in range(10001, 10021)]
    await fill(dict.fromkeys(skus, 10_000))
    shuffled = random.Random(7)

    def command() -> Event:
        order_id = str(uuid4())
        some = shuffled.sample(skus, 8)
        lines = [{"sku": sku, "quantity": 1} for sku in some]
        data = {"order_id": order_id, "lines": lines}
        return new_event(source="x", type="x", subject=order_id, sequence=1, data=data)

    async def batch() -> None:
        commands = [command() for _ in range(10)]
        async with open_uow() as uow:
            await uow.unseen("commands", commands)
            for event in commands:
                lines = {line["sku"]: line["quantity"] for line in event.data["lines"]}
                until = utcnow() + timedelta(minutes=15)
                order_id = UUID(event.subject)
                await reserve_stock(ReserveStock(event.id, order_id, lines, until), uow)
                await asyncio.sleep(0)
            await uow.commit()

    await asyncio.gather(*(batch() for _ in range(20)))
    assert await read("SELECT sum(reserved) FROM stock") == [(20 * 10 * 8,)]
    assert await read(ADD_UP) == []


async def test_the_same_adjustment_sent_many_times_at_once_is_booked_once(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 1})

    async def send() -> UUID | None:
        lines = (AdjustmentLine("10001", 5),)
        booked = Adjustment(uuid4(), "delivery", "x", utcnow(), lines)
        try:
            key = IdempotencyKey("scope", "key", "same")
            return await adjust_stock(AdjustStock(key, booked), open_uow())
        except KeyInFlight:
            return None

    answers = set(await asyncio.gather(*(send() for _ in range(20)))) - {None}
    assert len(answers) == 1
    assert await read("SELECT available FROM stock") == [(6,)]


async def test_after_everything_at_once_the_movements_add_up_to_the_stock(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    dice = random.Random(11)
    skus = [str(number) for number in range(10001, 10006)]
    await fill(dict.fromkeys(skus, 40))
    orders = [uuid4() for _ in range(60)]

    async def life(order_id: UUID) -> None:
        lines = {sku: dice.randint(1, 3) for sku in dice.sample(skus, 3)}
        await reserve(open_uow, order_id, lines)
        for _ in range(dice.randint(0, 2)):
            async with open_uow() as uow:
                if dice.random() < 0.5:
                    await commit_stock(CommitStock(uuid4(), order_id), uow)
                else:
                    await release_stock(ReleaseStock(uuid4(), order_id), uow)
                await uow.commit()

    async def expiry() -> None:
        for _ in range(10):
            await expire_reservations(utcnow() + timedelta(hours=dice.randint(0, 1)), open_uow())

    await asyncio.gather(expiry(), *(life(order_id) for order_id in orders))
    assert await read(ADD_UP) == []
    assert await read(NEVER_NEGATIVE) == []
    held = (
        "SELECT coalesce(sum(value::int), 0) FROM reservations, jsonb_each_text(lines) "
        "WHERE status = :status"
    )
    [(reserved, sold)] = await read("SELECT sum(reserved), sum(sold) FROM stock")
    assert await read(held, status="held") == [(reserved,)]
    assert await read(held, status="committed") == [(sold,)]
