"""One suite for orders' later life in memory and in PostgreSQL, and its races on the latter."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.context import conversation
from orders.adapters.queries import SqlOrderQueries
from orders.adapters.timeline import SqlTimelines
from orders.adapters.unit_of_work import OrdersUnitOfWork
from orders.application.cancel_order import cancel_order
from orders.application.change_order import Changed, ChangeRequest
from orders.application.fulfil_order import pack_order, ship_order
from orders.application.order_views import OrderView
from orders.application.ports import OrderQueries, Timelines
from orders.application.refund_order import WantedRefund, refund_order
from orders.application.return_goods import WantedReturn, receive_return, request_return
from orders.application.run_time_limits import run_time_limits
from orders.application.timeline import Party, asked
from orders.domain.dispatch import Parcel
from orders.domain.errors import IllegalMove, MoreThanLeft, NothingLeft, RefundTooLarge
from orders.domain.order import Order
from orders.domain.payment import Moved, payment_refunded, refund_failed
from orders.testing.memory_shop import MemoryShop
from orders.testing.moments import NOW
from orders.testing.stages import HEARTS, LANTERNS, confirmed, delivered, gbp, packed
from orders.testing.values import CUSTOMER, an_order


@dataclass(frozen=True)
class Store:
    """The ports under test, whichever implementation they are."""

    unit_of_work: Callable[[], OrdersUnitOfWork | MemoryShop]
    orders: OrderQueries
    timelines: Timelines


@pytest.fixture(params=["memory", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        shop = MemoryShop()
        return Store(lambda: shop, shop.orders, shop.timeline)
    engine = request.getfixturevalue("engine")
    return Store(lambda: OrdersUnitOfWork(engine), SqlOrderQueries(engine), SqlTimelines(engine))


async def keep(store: Store, order: Order) -> Order:
    """Stores an order that has come far already: placed first, and then as it is now."""
    now, order.recorded = utcnow(), []
    first = replace(an_order(), id=order.id, cart_id=order.cart_id)
    async with store.unit_of_work() as uow:
        await uow.orders.add(first)
        await uow.commit()
    async with store.unit_of_work() as uow:
        found = await uow.orders.get(order.id)
        for name in ("saga", "status", "version", "messages", "fulfilment", "account"):
            setattr(found, name, getattr(order, name))
        found.updated_at = now
        await uow.commit()
    return order


def wish(order: Order, operation: str = "test") -> ChangeRequest:
    return ChangeRequest(order.id, operation, CUSTOMER)


async def test_parcels_returns_and_refunds_come_back_as_they_were_stored(store: Store) -> None:
    order = await keep(store, delivered(HEARTS, LANTERNS))
    wanted = WantedReturn({"85123A": 2}, "broken")
    asked_for = await request_return(wish(order), wanted, store.unit_of_work(), utcnow())
    made = asked_for.order.fulfilment.returns[0].id
    changed = await receive_return(wish(order), made, store.unit_of_work(), utcnow())
    refund = changed.order.account.refunds[0].id
    async with store.unit_of_work() as uow:
        found = await uow.orders.get(order.id)
        payment_refunded(found, Moved(gbp(590), gbp(590), refund), utcnow())
        await uow.commit()
    view = await store.orders.read(order.id)
    async with store.unit_of_work() as uow:
        assert OrderView.of(await uow.orders.get(order.id)) == view
    assert view.account.refunded == gbp(590)
    assert (view.account.refunds[0].status, view.account.refunds[0].return_id) == ("done", made)
    assert view.fulfilment.returns[0].status == "received"
    assert [one.quantities for one in view.fulfilment.shipments] == [HEARTS, LANTERNS]


async def test_what_changed_without_an_event_is_stored_too(store: Store) -> None:
    order = await keep(store, delivered())
    refunded = await refund_order(
        wish(order), WantedRefund(None, "goodwill"), store.unit_of_work(), utcnow()
    )
    refund = refunded.order.account.refunds[0].id
    async with store.unit_of_work() as uow:
        refund_failed(await uow.orders.get(order.id), refund, "provider", utcnow())
        await uow.commit()
    view = await store.orders.read(order.id)
    assert (view.account.refunds[0].status, view.account.refunds[0].problem) == (
        "failed",
        "provider",
    )


async def test_the_timeline_tells_in_order_what_was_asked_and_what_was_sent(store: Store) -> None:
    order, other = an_order(), an_order()
    for one in (order, other):
        one.conversation = "the-request"
        with conversation(one.conversation):
            async with store.unit_of_work() as uow:
                uow.timeline.add(asked(one.id, "place_order", Party.CUSTOMER))
                await uow.orders.add(one)
                await uow.commit()
    await run_time_limits(store.unit_of_work(), NOW + timedelta(hours=1))
    entries = [view.entry for view in await store.timelines.page(order.id, 0, 100)]
    assert [(e.kind, e.name, e.attempt, e.compensation) for e in entries] == [
        ("request", "place_order", None, False),
        ("event_sent", "orders.order_placed.v1", None, False),
        ("command_sent", "inventory.reserve_stock.v1", 1, False),
        ("time_limit", "reserving", None, False),
        ("event_sent", "orders.order_rejected.v1", None, False),
        ("command_sent", "inventory.release_stock.v1", 1, True),
    ]
    assert all(entry.message_id for entry in entries if entry.kind.endswith("_sent"))
    assert {entry.request_id for entry in entries} == {"the-request"}
    first = await store.timelines.page(order.id, 0, 2)
    rest = await store.timelines.page(order.id, first[-1].position, 100)
    assert [view.entry for view in (*first, *rest)] == entries


async def test_a_transaction_that_fails_tells_nothing(store: Store) -> None:
    order = an_order()
    async with store.unit_of_work() as uow:
        uow.timeline.add(asked(order.id, "place_order", Party.CUSTOMER))
        await uow.orders.add(order)
    assert not await store.timelines.page(order.id, 0, 100)


Attempt = Callable[[], Awaitable[Changed]]


async def race(*attempts: Attempt) -> list[BaseException | Changed]:
    return await asyncio.gather(*(attempt() for attempt in attempts), return_exceptions=True)


def on(engine: AsyncEngine) -> Store:
    return Store(lambda: OrdersUnitOfWork(engine), SqlOrderQueries(engine), SqlTimelines(engine))


async def test_many_who_ship_at_once_ship_each_unit_once(engine: AsyncEngine) -> None:
    store = on(engine)
    order = await keep(store, packed())
    parcel = Parcel({"85123A": 2})

    def attempt() -> Awaitable[Changed]:
        return ship_order(wish(order), parcel, store.unit_of_work(), utcnow())

    outcomes = await race(*[attempt] * 8)
    assert sum(isinstance(one, Changed) for one in outcomes) == 3
    assert sum(isinstance(one, MoreThanLeft | NothingLeft) for one in outcomes) == 5
    assert (await store.orders.read(order.id)).fulfilment.shipped == {"85123A": 6}


async def test_many_refunds_at_once_never_give_back_more_than_was_taken(
    engine: AsyncEngine,
) -> None:
    store = on(engine)
    order = await keep(store, delivered())

    def attempt() -> Awaitable[Changed]:
        wanted = WantedRefund(gbp(1000), "goodwill")
        return refund_order(wish(order), wanted, store.unit_of_work(), utcnow())

    outcomes = await race(*[attempt] * 8)
    assert sum(isinstance(one, Changed) for one in outcomes) == 2
    assert sum(isinstance(one, RefundTooLarge) for one in outcomes) == 6
    assert (await store.orders.read(order.id)).account.left == gbp(520)


async def test_who_cancels_and_who_packs_do_not_both_succeed(engine: AsyncEngine) -> None:
    store = on(engine)
    for _ in range(5):
        order = await keep(store, confirmed())
        request = wish(order)
        outcomes = await race(
            lambda: cancel_order(request, store.unit_of_work(), utcnow()),  # noqa: B023
            lambda: pack_order(request, store.unit_of_work(), utcnow()),  # noqa: B023
        )
        assert sum(isinstance(one, IllegalMove) for one in outcomes) == 1
        assert (await store.orders.read(order.id)).status in ("cancelled", "packed")


async def test_one_return_received_twice_at_once_restocks_once(engine: AsyncEngine) -> None:
    store = on(engine)
    order = await keep(store, delivered())
    wanted = WantedReturn(HEARTS, "broken")
    made = await request_return(wish(order), wanted, store.unit_of_work(), utcnow())
    return_id = made.order.fulfilment.returns[0].id

    def attempt() -> Awaitable[Changed]:
        return receive_return(wish(order), return_id, store.unit_of_work(), utcnow())

    outcomes = await race(attempt, attempt, attempt)
    assert sum(isinstance(one, Changed) for one in outcomes) == 1
    names = [view.entry.name for view in await store.timelines.page(order.id, 0, 100)]
    assert names.count("inventory.return_stock.v1") == 1
