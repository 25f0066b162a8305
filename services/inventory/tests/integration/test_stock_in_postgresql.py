"""The repositories over PostgreSQL: what was decided in memory is what the rows say."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.context import conversation
from chassis.envelope import Event
from chassis.idempotency import IdempotencyKey
from inventory.adapters.queries import SqlQueries
from inventory.adapters.unit_of_work import InventoryUnitOfWork
from inventory.application.adjust_stock import AdjustStock, adjust_stock
from inventory.application.commit_stock import CommitStock, commit_stock
from inventory.application.expire_reservations import expire_reservations
from inventory.application.release_stock import ReleaseStock, release_stock
from inventory.application.reserve_stock import ReserveStock, reserve_stock
from inventory.application.return_stock import ReturnStock, return_stock
from inventory.domain.adjustment import Adjustment, AdjustmentLine
from inventory.domain.errors import NotEnoughStock, UnknownSkus

OpenUow = Callable[[], InventoryUnitOfWork]
Fill = Callable[[dict[str, int]], Awaitable[None]]
Read = Callable[..., Awaitable[list[Any]]]

STOCK = "SELECT sku, available, reserved, sold FROM stock ORDER BY sku"


async def reserve(open_uow: OpenUow, order_id: UUID, **lines: int) -> None:
    wanted = {name[1:]: count for name, count in lines.items()}
    until = utcnow() + timedelta(minutes=15)
    async with open_uow() as uow:
        await reserve_stock(ReserveStock(uuid4(), order_id, wanted, until), uow)
        await uow.commit()


async def outbox(read: Read) -> list[Event]:
    return [Event.from_json(row[0]) for row in await read("SELECT payload FROM outbox ORDER BY id")]


async def test_a_reservation_its_movements_and_its_answer_are_one_commit(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 5, "10002": 2})
    order_id = uuid4()
    with conversation("conversation-7"):
        await reserve(open_uow, order_id, _10002=2, _10001=1)
    assert await read(STOCK) == [("10001", 4, 1, 0), ("10002", 0, 2, 0)]
    rows = "SELECT status, lines, version, correlation_id FROM reservations"
    lines = {"10001": 1, "10002": 2}
    assert await read(rows) == [("held", lines, 1, "conversation-7")]
    events = [(e.type, e.subject, e.sequence) for e in await outbox(read)][-2:]
    assert events == [
        ("inventory.stock_reserved.v1", str(order_id), 1),
        ("inventory.availability_changed.v1", "10002", 2),
    ]


async def test_nothing_is_left_of_what_was_not_committed(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 5})
    before = await read("SELECT count(*) FROM outbox")
    async with open_uow() as uow:
        command = ReserveStock(uuid4(), uuid4(), {"10001": 5}, utcnow())
        await reserve_stock(command, uow)
    assert await read(STOCK) == [("10001", 5, 0, 0)]
    assert await read("SELECT count(*) FROM outbox") == before


async def test_commands_of_one_batch_see_each_others_effects(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 3})
    first, second, third = uuid4(), uuid4(), uuid4()
    until = utcnow() + timedelta(minutes=15)
    async with open_uow() as uow:
        await reserve_stock(ReserveStock(uuid4(), first, {"10001": 2}, until), uow)
        await reserve_stock(ReserveStock(uuid4(), second, {"10001": 2}, until), uow)
        await release_stock(ReleaseStock(uuid4(), first), uow)
        await reserve_stock(ReserveStock(uuid4(), third, {"10001": 3}, until), uow)
        await commit_stock(CommitStock(uuid4(), third), uow)
        await uow.commit()
    assert await read(STOCK) == [("10001", 0, 0, 3)]
    statuses = dict(await read("SELECT order_id, status FROM reservations"))
    assert statuses == {first: "released", second: "rejected", third: "committed"}


async def test_a_rejection_is_remembered_with_its_shortages(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 1})
    order_id = uuid4()
    for _ in range(2):
        await reserve(open_uow, order_id, _10001=2, _10009=1)
    first, second = [event for event in await outbox(read) if event.subject == str(order_id)]
    assert [first.sequence, second.sequence] == [1, 2]
    assert first.data == second.data
    assert [line["sku"] for line in first.data["shortages"]] == ["10001", "10009"]


async def test_two_first_commands_for_one_order_cannot_both_hold_stock(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    """A member that lost its partition may still work on a command that the next one has."""
    await fill({"10001": 9, "10002": 9})
    order_id, until = uuid4(), utcnow() + timedelta(minutes=15)
    async with open_uow() as zombie:
        await reserve_stock(ReserveStock(uuid4(), order_id, {"10001": 1}, until), zombie)
        async with open_uow() as owner:
            await reserve_stock(ReserveStock(uuid4(), order_id, {"10002": 1}, until), owner)
            await owner.commit()
        with pytest.raises(IntegrityError):
            await zombie.commit()
    assert await read(STOCK) == [("10001", 9, 0, 0), ("10002", 8, 1, 0)]


async def test_overdue_holds_expire_in_the_conversation_that_made_them(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 5})
    order_id = uuid4()
    with conversation("conversation-7"):
        await reserve(open_uow, order_id, _10001=2)
    later = utcnow() + timedelta(minutes=16)
    await expire_reservations(later, open_uow())
    await expire_reservations(later, open_uow())
    assert await read(STOCK) == [("10001", 5, 0, 0)]
    last = (await outbox(read))[-1]
    assert (last.type, last.sequence) == ("inventory.reservation_expired.v1", 2)
    assert last.correlation_id == "conversation-7"


async def test_every_sku_that_expired_holds_give_back_is_told_to_be_in_stock(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 2, "10002": 3})
    await reserve(open_uow, uuid4(), _10001=2)
    await reserve(open_uow, uuid4(), _10002=3)
    await expire_reservations(utcnow() + timedelta(minutes=16), open_uow())
    kind = "inventory.availability_changed.v1"
    told = [e for e in await outbox(read) if e.type == kind]
    last = {event.subject: (event.data["in_stock"], event.sequence) for event in told}
    assert last == {"10001": (True, 3), "10002": (True, 3)}
    assert dict(await read("SELECT sku, version FROM stock")) == {"10001": 3, "10002": 3}


async def test_expiry_leaves_a_hold_alone_that_a_command_works_on(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 5})
    order_id, later = uuid4(), utcnow() + timedelta(minutes=16)
    await reserve(open_uow, order_id, _10001=2)
    async with open_uow() as uow:
        await commit_stock(CommitStock(uuid4(), order_id), uow)
        await expire_reservations(later, open_uow())
        await uow.commit()
    await expire_reservations(later, open_uow())
    assert await read(STOCK) == [("10001", 3, 0, 2)]


async def test_an_adjustment_is_booked_once_for_its_key_and_can_be_read(
    open_uow: OpenUow, fill: Fill, read: Read, engine: AsyncEngine
) -> None:
    await fill({"10001": 5, "10002": 0})
    lines = (AdjustmentLine("10002", 3), AdjustmentLine("10001", -1))
    booked = [Adjustment(uuid4(), "count", "sub:1", utcnow(), lines) for _ in range(2)]
    key = IdempotencyKey("scope", "key", "fingerprint")
    ids = [await adjust_stock(AdjustStock(key, a), open_uow()) for a in booked]
    assert ids == [booked[0].id] * 2
    assert await read(STOCK) == [("10001", 4, 0, 0), ("10002", 3, 0, 0)]
    assert await SqlQueries(engine).adjustment(ids[0]) == booked[0]


@pytest.mark.parametrize(
    ("line", "error"), [(("10009", 1), UnknownSkus), (("10001", -6), NotEnoughStock)]
)
async def test_an_adjustment_with_one_bad_line_leaves_no_trace(
    open_uow: OpenUow, fill: Fill, read: Read, line: tuple[str, int], error: type[Exception]
) -> None:
    await fill({"10001": 5, "10002": 5})
    lines = (AdjustmentLine("10002", 3), AdjustmentLine(*line))
    command = AdjustStock(
        IdempotencyKey("scope", "key", ""), Adjustment(uuid4(), "count", "x", utcnow(), lines)
    )
    with pytest.raises(error):
        await adjust_stock(command, open_uow())
    assert await read(STOCK) == [("10001", 5, 0, 0), ("10002", 5, 0, 0)]
    assert await read("SELECT 1 FROM idempotency_keys WHERE scope = 'scope'") == []


async def test_pages_start_behind_the_last_key(engine: AsyncEngine, fill: Fill) -> None:
    await fill({"10003": 1, "10001": 2, "10002": 3})
    queries = SqlQueries(engine)
    assert [stock.sku for stock in await queries.stocks("10001", 5)] == ["10002", "10003"]
    movement = (await queries.movements("10001", 0, 5))[0]
    assert (movement.kind.value, movement.available) == ("adjusted", 2)
    assert await queries.movements("10001", movement.id, 5) == []


async def test_a_return_is_stored_with_its_reservation_and_counts_once(
    open_uow: OpenUow, fill: Fill, read: Read
) -> None:
    await fill({"10001": 5})
    order_id, return_id = uuid4(), uuid4()
    await reserve(open_uow, order_id, _10001=3)
    async with open_uow() as uow:
        await commit_stock(CommitStock(uuid4(), order_id), uow)
        await uow.commit()
    for _ in range(2):
        async with open_uow() as uow:
            await return_stock(ReturnStock(uuid4(), order_id, return_id, {"10001": 2}), uow)
            await uow.commit()
    assert await read("SELECT available, sold, returned FROM stock") == [(4, 3, 2)]
    moved = "SELECT available, sold, returned FROM movements WHERE kind = 'returned'"
    assert await read(moved) == [(2, 0, 2)]
    assert await read("SELECT returns FROM reservations") == [({str(return_id): {"10001": 2}},)]
    told = [(e.type, e.sequence) for e in await outbox(read) if e.subject == str(order_id)]
    assert told[-2:] == [("inventory.stock_returned.v1", version) for version in (3, 4)]
