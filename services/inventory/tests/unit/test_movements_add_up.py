"""Whatever commands come in whatever order, stock adds up and is never negative.

A random walk (hypothesis) over every command, duplicates and expiries included.
"""

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chassis.idempotency import IdempotencyKey
from inventory.application.adjust_stock import AdjustStock, adjust_stock
from inventory.application.commit_stock import CommitStock, commit_stock
from inventory.application.expire_reservations import expire_reservations
from inventory.application.release_stock import ReleaseStock, release_stock
from inventory.application.reserve_stock import ReserveStock, reserve_stock
from inventory.application.return_stock import ReturnStock, return_stock
from inventory.domain.adjustment import Adjustment, AdjustmentLine
from inventory.domain.errors import MoreReturnedThanSold, NotEnoughStock, ReservationNotFound
from inventory.domain.reservation import Status
from inventory.domain.stock import MovementKind
from services.inventory.tests.fakes import NOON, FakeUnitOfWork, Warehouse, run

SKUS = ["10001", "10002", "10003"]
ORDERS = [UUID(int=number) for number in range(1, 5)]
orders = st.sampled_from(ORDERS)
lines = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 6), min_size=1)


class AnyCommands(RuleBasedStateMachine):
    """The warehouse under every command that can come."""

    def __init__(self) -> None:
        super().__init__()
        self.warehouse = Warehouse().put(_10001=0, _10002=0, _10003=0)
        self.now = NOON

    @rule(order_id=orders, wanted=lines)
    def reserve(self, order_id: UUID, wanted: dict[str, int]) -> None:
        until = self.now + timedelta(minutes=15)
        self._handle(ReserveStock(uuid4(), order_id, wanted, until))

    @rule(order_id=orders)
    def release(self, order_id: UUID) -> None:
        self._handle(ReleaseStock(uuid4(), order_id))

    @rule(order_id=orders)
    def commit(self, order_id: UUID) -> None:
        self._handle(CommitStock(uuid4(), order_id))

    @rule(order_id=orders, number=st.integers(1, 3), back=lines)
    def take_back(self, order_id: UUID, number: int, back: dict[str, int]) -> None:
        self._handle(ReturnStock(uuid4(), order_id, UUID(int=order_id.int * 10 + number), back))

    @rule(minutes=st.integers(0, 20))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        run(expire_reservations(self.now, FakeUnitOfWork(self.warehouse)))

    @rule(sku=st.sampled_from(SKUS), delta=st.integers(-4, 8))
    def adjust(self, sku: str, delta: int) -> None:
        booked = Adjustment(uuid4(), "count", "x", self.now, (AdjustmentLine(sku, delta),))
        command = AdjustStock(IdempotencyKey("x", str(booked.id), ""), booked)
        try:
            run(adjust_stock(command, FakeUnitOfWork(self.warehouse)))
        except NotEnoughStock:
            assert self.warehouse.stocks[sku].available + delta < 0

    @invariant()
    def movements_add_up_to_the_stock_and_never_go_below_zero(self) -> None:
        running = {sku: [0, 0, 0, 0] for sku in SKUS}
        for m in self.warehouse.movements:
            for bucket, units in enumerate((m.available, m.reserved, m.sold, m.returned)):
                running[m.sku][bucket] += units
            assert min(running[m.sku]) >= 0
        assert {sku: tuple(units) for sku, units in running.items()} == {
            sku: (*self.warehouse.buckets(sku), self.warehouse.stocks[sku].returned) for sku in SKUS
        }

    @invariant()
    def all_that_was_put_in_is_somewhere(self) -> None:
        for sku in SKUS:
            put_in = sum(
                m.available
                for m in self.warehouse.movements
                if m.sku == sku and m.kind is MovementKind.ADJUSTED
            )
            stock = self.warehouse.stocks[sku]
            assert stock.available + stock.reserved + stock.sold - stock.returned == put_in

    @invariant()
    def reserved_and_sold_are_what_the_reservations_say(self) -> None:
        for status, bucket in ((Status.HELD, 1), (Status.COMMITTED, 2)):
            units: Counter[str] = Counter()
            for reservation in self.warehouse.reservations.values():
                if reservation.status is status:
                    units.update(reservation.lines)
                elif status is Status.COMMITTED:
                    for back in reservation.returns.values():
                        units.update(back)
            assert all(self.warehouse.buckets(sku)[bucket] == units[sku] for sku in SKUS)

    @invariant()
    def answers_and_availability_are_numbered_without_a_gap(self) -> None:
        for order_id in ORDERS:
            told = [r.version for r in self.warehouse.replies if r.order_id == order_id]
            assert told == list(range(1, len(told) + 1))
        for sku in SKUS:
            seen = [change for change in self.warehouse.changes if change.sku == sku]
            assert [change.version for change in seen] == list(range(1, len(seen) + 1))
            in_stock = self.warehouse.stocks[sku].available > 0
            assert in_stock == (seen[-1].in_stock if seen else False)

    def _handle(self, command: ReserveStock | ReleaseStock | CommitStock | ReturnStock) -> None:
        async def handle() -> None:
            async with FakeUnitOfWork(self.warehouse) as uow:
                if isinstance(command, ReserveStock):
                    await reserve_stock(command, uow)
                elif isinstance(command, ReleaseStock):
                    await release_stock(command, uow)
                elif isinstance(command, CommitStock):
                    await commit_stock(command, uow)
                else:
                    await return_stock(command, uow)
                await uow.commit()

        try:
            run(handle())
        except ReservationNotFound:
            assert command.order_id not in self.warehouse.reservations
        except MoreReturnedThanSold:
            assert isinstance(command, ReturnStock)


AnyCommands.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestAnyCommands = AnyCommands.TestCase
