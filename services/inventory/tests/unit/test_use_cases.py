"""The use cases over fakes: compensations before, during and after their step; expiry; keys."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis.idempotency import IdempotencyKey, KeyReused, StoredAnswer
from inventory.application.adjust_stock import AdjustStock, adjust_stock
from inventory.application.commit_stock import CommitStock, commit_stock
from inventory.application.expire_reservations import expire_reservations
from inventory.application.open_stock import open_stock
from inventory.application.release_stock import ReleaseStock, release_stock
from inventory.application.reserve_stock import ReserveStock, reserve_stock
from inventory.domain.adjustment import Adjustment, AdjustmentLine
from inventory.domain.errors import NotEnoughStock, ReservationNotFound
from services.inventory.tests.fakes import NOON, FakeUnitOfWork, Warehouse

ORDER = UUID("0199aa10-6c00-7abc-8def-0123456789ab")
UNTIL = NOON + timedelta(minutes=15)
Command = ReserveStock | ReleaseStock | CommitStock


def reserve(order_id: UUID = ORDER, **lines: int) -> ReserveStock:
    return ReserveStock(uuid4(), order_id, {name[1:]: n for name, n in lines.items()}, UNTIL)


def release(order_id: UUID = ORDER) -> ReleaseStock:
    return ReleaseStock(uuid4(), order_id)


def commit(order_id: UUID = ORDER) -> CommitStock:
    return CommitStock(uuid4(), order_id)


async def handle(warehouse: Warehouse, *commands: Command) -> list[str]:
    """Does what the consumer does; returns the answers."""
    for command in commands:
        async with FakeUnitOfWork(warehouse) as uow:
            if isinstance(command, ReserveStock):
                await reserve_stock(command, uow)
            elif isinstance(command, ReleaseStock):
                await release_stock(command, uow)
            else:
                await commit_stock(command, uow)
            await uow.commit()
    return warehouse.answers_given()


async def test_a_reservation_is_held_committed_and_answered() -> None:
    warehouse = Warehouse().put(_10001=5)
    answers = await handle(warehouse, reserve(_10001=2), commit())
    assert answers == ["held", "committed"]
    assert warehouse.buckets("10001") == (3, 0, 2)


async def test_a_second_reserve_is_answered_again_and_holds_nothing_more() -> None:
    warehouse = Warehouse().put(_10001=5)
    assert await handle(warehouse, reserve(_10001=2), reserve(_10001=2)) == ["held", "held"]
    assert warehouse.buckets("10001") == (3, 2, 0)
    assert [reply.version for reply in warehouse.replies] == [1, 2]


async def test_a_release_that_overtakes_its_reserve_is_remembered_and_nothing_is_held() -> None:
    warehouse = Warehouse().put(_10001=5)
    answers = await handle(warehouse, release(), reserve(_10001=2), release())
    assert answers == ["released", "released", "released"]
    assert warehouse.buckets("10001") == (5, 0, 0)
    assert warehouse.movements == []


async def test_a_release_after_the_commit_restocks() -> None:
    warehouse = Warehouse().put(_10001=5)
    answers = await handle(warehouse, reserve(_10001=2), commit(), release(), release())
    assert answers == ["held", "committed", "released", "released"]
    assert warehouse.buckets("10001") == (5, 0, 0)


async def test_a_commit_that_nobody_reserved_for_is_an_error_of_the_message() -> None:
    with pytest.raises(ReservationNotFound):
        await handle(Warehouse(), commit())


async def test_overdue_holds_expire_and_a_late_commit_learns_of_it() -> None:
    warehouse = Warehouse().put(_10001=5)
    await handle(warehouse, reserve(_10001=2))
    assert await expire_reservations(UNTIL, FakeUnitOfWork(warehouse)) is False
    assert await handle(warehouse, commit()) == ["held", "expired", "expired"]
    assert warehouse.buckets("10001") == (5, 0, 0)


async def test_expiry_leaves_holds_alone_whose_time_is_not_over() -> None:
    warehouse = Warehouse().put(_10001=5)
    await handle(warehouse, reserve(_10001=2))
    commits = warehouse.commits
    await expire_reservations(UNTIL - timedelta(seconds=1), FakeUnitOfWork(warehouse))
    assert warehouse.buckets("10001") == (3, 2, 0)
    assert warehouse.commits == commits


async def test_the_catalogue_opens_stock_once_and_never_resets_it() -> None:
    warehouse = Warehouse().put(_10001=5)
    async with FakeUnitOfWork(warehouse) as uow:
        await open_stock(["10001", "10002"], uow)
        await uow.commit()
    assert [warehouse.buckets(sku) for sku in ("10001", "10002")] == [(5, 0, 0), (0, 0, 0)]


def adjustment(key: str, delta: int, fingerprint: str = "body") -> AdjustStock:
    lines = (AdjustmentLine("10001", delta),)
    booked = Adjustment(uuid4(), "delivery", "sub:warehouse", NOON, lines)
    return AdjustStock(IdempotencyKey("sub:warehouse POST", key, fingerprint), booked)


async def test_an_adjustment_with_a_known_key_is_booked_once() -> None:
    warehouse = Warehouse().put(_10001=5)
    first = await adjust_stock(adjustment("k", 3), FakeUnitOfWork(warehouse))
    second = await adjust_stock(adjustment("k", 3), FakeUnitOfWork(warehouse))
    assert first == second
    assert warehouse.buckets("10001") == (8, 0, 0)


class LookedTooEarly(FakeUnitOfWork):
    """Its look at the key was over just before the twin's commit."""

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        return None


async def test_a_twin_that_took_the_stock_just_now_answers_for_both() -> None:
    warehouse = Warehouse().put(_10001=5)
    first = await adjust_stock(adjustment("k", -5), FakeUnitOfWork(warehouse))
    assert await adjust_stock(adjustment("k", -5), LookedTooEarly(warehouse)) == first
    assert warehouse.buckets("10001") == (0, 0, 0)
    with pytest.raises(NotEnoughStock):
        await adjust_stock(adjustment("k2", -5), LookedTooEarly(warehouse))


async def test_a_key_used_for_another_body_is_refused() -> None:
    warehouse = Warehouse().put(_10001=5)
    await adjust_stock(adjustment("k", 3), FakeUnitOfWork(warehouse))
    with pytest.raises(KeyReused):
        await adjust_stock(adjustment("k", 4, "other"), FakeUnitOfWork(warehouse))


async def test_a_refused_adjustment_leaves_neither_key_nor_stock_behind() -> None:
    warehouse = Warehouse().put(_10001=5)
    with pytest.raises(NotEnoughStock):
        await adjust_stock(adjustment("k", -6), FakeUnitOfWork(warehouse))
    assert warehouse.buckets("10001") == (5, 0, 0)
    assert warehouse.answers == {}
