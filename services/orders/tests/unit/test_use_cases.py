"""Use cases over a shop in memory: the saga's timers, waiting, and what they leave to whom."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from opentelemetry.trace import get_current_span, use_span

from chassis.context import conversation
from chassis.idempotency import IdempotencyKey
from chassis.ids import uuid7
from chassis.telemetry import extract
from orders.application.advance_saga import Reply, advance_saga
from orders.application.await_settlement import await_settlement
from orders.application.cart_views import CartView
from orders.application.place_order import PlaceOrder, place_order
from orders.application.run_time_limits import run_time_limits
from orders.domain.cart import CartChange
from orders.domain.errors import CartChanged, OrderNotFound
from orders.domain.moves import Status
from orders.domain.saga import STEPS, Answer
from orders.testing.memory_shop import MemoryShop
from orders.testing.terms import TERMS
from orders.testing.values import CUSTOMER, HEART, NOW, a_purchase, an_order, quoted


async def a_command(shop: MemoryShop, if_match: str | None = None) -> PlaceOrder:
    cart_id = await shop.carts.create(uuid7(), CUSTOMER, None)
    cart = await shop.carts.change(cart_id, CUSTOMER, CartChange({"85123A": 6}))
    assert cart is not None
    seen = CartView.of(quoted(cart, HEART))
    key = IdempotencyKey("customer:1 POST /v1/orders", str(uuid7()), "one")
    return PlaceOrder(cart_id, a_purchase(), if_match or seen.etag, key)


async def test_order_messages_key_and_closed_cart_come_together(shop: MemoryShop) -> None:
    command = await a_command(shop)
    placed = await place_order(command, shop, shop.carts, TERMS, NOW)
    assert shop.types == ["order_placed", "reserve_stock"]
    assert placed.order_id in shop.orders.stored
    assert (await shop.carts.get(command.cart_id, CUSTOMER)).order_id == placed.order_id
    again = await place_order(command, shop, shop.carts, TERMS, NOW)
    assert (again.order_id, again.order) == (placed.order_id, None)


async def test_what_is_refused_leaves_the_key_free(shop: MemoryShop) -> None:
    refused = await a_command(shop, if_match='"stale"')
    with pytest.raises(CartChanged) as refusal:
        await place_order(refused, shop, shop.carts, TERMS, NOW)
    etag = refusal.value.etag
    command = PlaceOrder(refused.cart_id, refused.purchase, etag, refused.key)
    assert (await place_order(command, shop, shop.carts, TERMS, NOW)).order is not None
    assert shop.commits == 1


async def test_an_answer_about_an_order_that_never_was_is_a_fault(shop: MemoryShop) -> None:
    async with shop:
        with pytest.raises(OrderNotFound):
            await advance_saga(Reply(uuid7(), Answer.STOCK_RESERVED), shop, NOW)


async def test_a_consumer_commits_and_its_use_case_does_not(shop: MemoryShop) -> None:
    order = an_order()
    shop.orders.stored[order.id] = order
    async with shop:
        await advance_saga(Reply(order.id, Answer.STOCK_RESERVED), shop, NOW)
    assert shop.commits == 0
    assert shop.orders.stored[order.id].saga.state == "reserving"


async def test_timers_touch_only_what_is_overdue(shop: MemoryShop) -> None:
    late, soon = an_order(), an_order(now=NOW + timedelta(minutes=5))
    shop.orders.stored = {late.id: late, soon.id: soon}
    assert await run_time_limits(shop, NOW + STEPS[0].time_limit)
    assert shop.orders.stored[late.id].reason == "timed_out"
    assert shop.orders.stored[soon.id].status is Status.PENDING
    assert not await run_time_limits(shop, NOW + STEPS[0].time_limit)


async def test_a_timers_messages_belong_to_the_conversation_of_the_order(shop: MemoryShop) -> None:
    command = await a_command(shop)
    with conversation("the-request"):
        await place_order(command, shop, shop.carts, TERMS, NOW)
    await run_time_limits(shop, NOW + STEPS[0].time_limit)
    assert {event.correlation_id for _, event in shop.published} == {"the-request"}
    assert shop.types[2:] == ["order_rejected", "release_stock"]


async def test_an_order_remembers_the_trace_that_it_began_in(shop: MemoryShop) -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    command = await a_command(shop)
    with use_span(get_current_span(extract(traceparent))):
        placed = await place_order(command, shop, shop.carts, TERMS, NOW)
    assert shop.orders.stored[placed.order_id].traceparent == traceparent


async def settled(
    shop: MemoryShop, seconds: float, stopping: Callable[[], bool] = lambda: False
) -> tuple[str, float]:
    """Waits for the only order; returns its status and how long that took."""
    (order,) = shop.orders.stored.values()
    clock = asyncio.get_running_loop().time
    began = clock()
    view = await await_settlement(
        order.id,
        seconds,
        orders=shop.orders,
        settlements=shop.settlements,
        stopping=stopping,
    )
    return view.status, clock() - began


async def test_a_waiting_request_wakes_when_the_order_settles(shop: MemoryShop) -> None:
    order = an_order()
    shop.orders.stored[order.id] = order
    waiting = asyncio.create_task(settled(shop, 5))
    await asyncio.sleep(0.01)
    async with shop:
        await advance_saga(Reply(order.id, Answer.STOCK_REJECTED), shop, NOW)
        await shop.commit()
    status, seconds = await waiting
    assert status == "rejected"
    assert seconds < 0.4


async def test_a_lost_wake_up_costs_time_and_not_the_answer(shop: MemoryShop) -> None:
    order = an_order()
    shop.orders.stored[order.id] = order
    waiting = asyncio.create_task(settled(shop, 5))
    await asyncio.sleep(0.01)
    order.receive(Answer.STOCK_REJECTED, NOW)
    status, seconds = await waiting
    assert status == "rejected"
    assert 0.4 < seconds < 4


async def test_after_the_wait_the_order_comes_as_it_is(shop: MemoryShop) -> None:
    order = an_order()
    shop.orders.stored[order.id] = order
    assert (await settled(shop, 0.05))[0] == "pending"
    assert not shop.settlements._watchers


async def test_a_process_that_stops_answers_who_waits_with_the_order_as_it_is(
    shop: MemoryShop,
) -> None:
    order = an_order()
    shop.orders.stored[order.id] = order
    stop = asyncio.Event()
    waiting = asyncio.create_task(settled(shop, 10, stop.is_set))
    await asyncio.sleep(0.01)
    stop.set()
    status, seconds = await waiting
    assert status == "pending"
    assert seconds < 5
