"""One suite for orders in memory and in PostgreSQL: storing, finding, listing, pricing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from chassis.ids import uuid7
from orders.adapters.queries import SqlOrderQueries, SqlPriceQueries
from orders.adapters.unit_of_work import OrdersUnitOfWork
from orders.application.order_views import OrderView
from orders.application.ports import OrderFilter, OrderQueries, PriceQueries, UnitOfWork
from orders.domain.errors import CartOrdered, OrderNotFound
from orders.domain.events import Actor, Shortage
from orders.domain.money import Money
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.pricing import Price
from orders.domain.saga import Answer, Command, State
from orders.testing.memory_shop import MemoryShop
from orders.testing.values import CUSTOMER, GUEST, HEART, LANTERN, NOW, an_order

EVERYONE = OrderFilter(owner=None)


@dataclass(frozen=True)
class Store:
    """The ports under test, whichever implementation they are."""

    unit_of_work: Callable[[], OrdersUnitOfWork | MemoryShop]
    orders: OrderQueries
    prices: PriceQueries

    async def keep(self, *orders: Order) -> None:
        async with self.unit_of_work() as uow:
            for order in orders:
                await uow.orders.add(order)
            await uow.commit()


@pytest.fixture(params=["memory", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        shop = MemoryShop()
        return Store(lambda: shop, shop.orders, shop.prices)
    engine = request.getfixturevalue("engine")
    queries = (SqlOrderQueries(engine), SqlPriceQueries(engine))
    return Store(lambda: OrdersUnitOfWork(engine), *queries)


async def test_an_order_comes_back_as_it_was_stored(store: Store) -> None:
    order = an_order(GUEST, reference="536365")
    order.conversation, order.traceparent = "the-request", f"00-{'a' * 32}-{'b' * 16}-01"
    await store.keep(order)
    order.recorded.clear()
    assert await store.orders.read(order.id) == OrderView.of(order)
    async with store.unit_of_work() as uow:
        assert await uow.orders.get(order.id) == order


async def test_what_is_not_committed_never_was(store: Store) -> None:
    order = an_order()
    async with store.unit_of_work() as uow:
        await uow.orders.add(order)
    with pytest.raises(OrderNotFound):
        await store.orders.read(order.id)


async def test_an_unknown_order_is_not_found(store: Store) -> None:
    with pytest.raises(OrderNotFound):
        await store.orders.read(uuid7())
    async with store.unit_of_work() as uow:
        with pytest.raises(OrderNotFound):
            await uow.orders.get(uuid7())


async def test_a_second_order_from_one_cart_is_refused_and_names_the_first(store: Store) -> None:
    first, second = an_order(), an_order()
    second.cart_id = first.cart_id
    await store.keep(first)
    async with store.unit_of_work() as uow:
        with pytest.raises(CartOrdered) as refusal:
            await uow.orders.add(second)
    assert refusal.value.order_id == first.id
    with pytest.raises(OrderNotFound):
        await store.orders.read(second.id)


async def test_every_change_of_an_order_and_its_saga_is_stored(store: Store) -> None:
    order = an_order()
    await store.keep(order)
    async with store.unit_of_work() as uow:
        found = await uow.orders.get(order.id)
        found.receive(Answer.STOCK_RESERVED, NOW)
        found.cancel(Actor.STAFF, NOW + timedelta(seconds=1))
        await uow.commit()
    async with store.unit_of_work() as uow:
        again = await uow.orders.get(order.id)
    assert (again.status, again.cancelled_by, again.version) == ("cancelled", "staff", 2)
    assert again.updated_at == NOW + timedelta(seconds=1)
    assert again.saga.state is State.COMPENSATING
    assert again.saga.awaiting == {Command.RELEASE_STOCK, Command.VOID_PAYMENT}
    assert again.messages == 4


async def test_a_rejection_keeps_its_reason_and_what_was_short(store: Store) -> None:
    order, short = an_order(), (Shortage("85123A", 6, 2),)
    await store.keep(order)
    async with store.unit_of_work() as uow:
        (await uow.orders.get(order.id)).receive(Answer.STOCK_REJECTED, NOW, short)
        await uow.commit()
    view = await store.orders.read(order.id)
    assert (view.status, view.reason, view.shortages) == ("rejected", "out_of_stock", short)


async def test_one_transaction_sees_its_own_changes(store: Store) -> None:
    order = an_order()
    await store.keep(order)
    async with store.unit_of_work() as uow:
        (await uow.orders.get(order.id)).receive(Answer.STOCK_RESERVED, NOW)
        assert (await uow.orders.get(order.id)).saga.state is State.AUTHORISING


async def test_only_overdue_sagas_are_found_the_longest_overdue_first(store: Store) -> None:
    late, later, soon = (an_order(now=NOW + timedelta(minutes=n)) for n in (0, 1, 2))
    await store.keep(soon, later, late)
    now = later.saga.deadline
    assert now is not None
    async with store.unit_of_work() as uow:
        assert [order.id for order in await uow.orders.overdue(now, 10)] == [late.id, later.id]
    async with store.unit_of_work() as uow:
        assert [order.id for order in await uow.orders.overdue(now, 1)] == [late.id]


async def test_a_list_is_newest_first_and_goes_on_where_it_ended(store: Store) -> None:
    placed = [an_order() for _ in range(5)]
    await store.keep(*placed)
    first = await store.orders.page(EVERYONE, None, 3)
    second = await store.orders.page(EVERYONE, first[-1].id, 3)
    newest_first = [order.id for order in reversed(placed)]
    assert [order.id for order in [*first, *second]] == newest_first


async def test_a_list_holds_what_its_filter_says(store: Store) -> None:
    mine, other = an_order(reference="1"), an_order(GUEST, reference="2")
    other.receive(Answer.STOCK_REJECTED, NOW + timedelta(hours=1))
    await store.keep(mine)
    await store.keep(other)
    async with store.unit_of_work() as uow:
        (await uow.orders.get(mine.id)).cancel(Actor.CUSTOMER, NOW + timedelta(hours=2))
        await uow.commit()
    filters = {
        OrderFilter(CUSTOMER): [mine.id],
        OrderFilter(GUEST): [other.id],
        OrderFilter(None, status=Status.CANCELLED): [mine.id],
        OrderFilter(None, reference="2"): [other.id],
        OrderFilter(CUSTOMER, reference="2"): [],
        OrderFilter(None, updated_after=NOW + timedelta(hours=1)): [mine.id],
    }
    for wanted, expected in filters.items():
        assert [o.id for o in await store.orders.page(wanted, None, 10)] == expected, wanted


async def announce(store: Store, *news: Callable[[UnitOfWork], None]) -> None:
    """Handles announcements of the catalogue in one batch."""
    async with store.unit_of_work() as uow:
        for one in news:
            one(uow)
        await uow.commit()


async def test_a_product_sets_the_prices_of_its_skus(store: Store) -> None:
    await announce(store, lambda uow: uow.prices.put_product(uuid7(), 1, [HEART, LANTERN]))
    assert await store.prices.of(["85123A", "71053", "00000"]) == {
        "85123A": HEART,
        "71053": LANTERN,
    }


async def test_prices_are_listed_by_sku(store: Store) -> None:
    await announce(store, lambda uow: uow.prices.put_product(uuid7(), 4, [HEART, LANTERN]))
    first = await store.prices.page(None, 1)
    second = await store.prices.page(first[0].sku, 10)
    assert [(p.sku, p.price, p.sequence) for p in [*first, *second]] == [
        ("71053", LANTERN.unit_price, 4),
        ("85123A", HEART.unit_price, 4),
    ]


@pytest.mark.parametrize("batched", [True, False])
async def test_news_counts_by_its_sequence_and_not_by_its_arrival(
    store: Store, batched: bool
) -> None:
    product, old, new = uuid7(), Money(1, "GBP"), Money(2, "GBP")
    news: list[Callable[[UnitOfWork], None]] = [
        lambda uow: uow.prices.put_product(product, 1, [HEART, LANTERN]),
        lambda uow: uow.prices.change_price(product, "85123A", 5, new),
        lambda uow: uow.prices.change_price(product, "85123A", 3, old),
        lambda uow: uow.prices.put_product(product, 4, [HEART, LANTERN]),
        lambda uow: uow.prices.put_product(product, 1, [HEART]),
        lambda uow: uow.prices.change_price(uuid7(), "85123A", 99, old),
        lambda uow: uow.prices.change_price(product, "00000", 9, old),
    ]
    for batch in [news] if batched else [[one] for one in news]:
        await announce(store, *batch)
    assert await store.prices.of(["85123A", "71053", "00000"]) == {
        "85123A": Price("85123A", HEART.name, new),
        "71053": LANTERN,
    }


@pytest.mark.parametrize("batched", [True, False])
async def test_what_a_product_no_longer_lists_is_withdrawn(store: Store, batched: bool) -> None:
    product = uuid7()
    news: list[Callable[[UnitOfWork], None]] = [
        lambda uow: uow.prices.put_product(product, 1, [HEART, LANTERN]),
        lambda uow: uow.prices.put_product(product, 2, [HEART]),
        lambda uow: uow.prices.put_product(product, 1, [LANTERN]),
    ]
    for batch in [news] if batched else [[one] for one in news]:
        await announce(store, *batch)
    found = await store.prices.of(["85123A", "71053"])
    assert {sku: price.withdrawn for sku, price in found.items()} == {
        "85123A": False,
        "71053": True,
    }


async def test_a_withdrawn_product_may_come_back(store: Store) -> None:
    product = uuid7()
    for sequence, listed in enumerate(([HEART], [], [HEART]), start=1):
        await announce(store, lambda uow: uow.prices.put_product(product, sequence, listed))  # noqa: B023
        assert (await store.prices.of(["85123A"]))["85123A"].withdrawn == (not listed)


@pytest.mark.parametrize("arrival", [(0, 1), (1, 0)])
async def test_a_sku_may_move_to_another_product_whichever_is_heard_first(
    store: Store, arrival: tuple[int, int]
) -> None:
    old, new, dearer = uuid7(), uuid7(), Price("85123A", "HEART", Money(999, "GBP"))
    await announce(store, lambda uow: uow.prices.put_product(old, 6, [HEART, LANTERN]))
    news: list[Callable[[UnitOfWork], None]] = [
        lambda uow: uow.prices.put_product(old, 7, [LANTERN]),
        lambda uow: uow.prices.put_product(new, 1, [dearer]),
    ]
    for one in arrival:
        await announce(store, news[one])
    assert (await store.prices.of(["85123A"]))["85123A"] == dearer
    assert [price.sku for price in await store.prices.page(None, 10)] == ["71053", "85123A"]
