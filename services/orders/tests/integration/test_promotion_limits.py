"""Promotions on the real servers: what they cost, and limits that no race passes."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import utcnow
from chassis.ids import uuid7
from orders.adapters.unit_of_work import OrdersUnitOfWork
from orders.domain.errors import CodeTaken, TooManyAutomatic
from orders.domain.events import Actor
from orders.domain.money import Money
from orders.domain.promotions import (
    MAX_AUTOMATIC,
    BuyAndGet,
    FixedAmount,
    FreeShipping,
    Percentage,
    Promotion,
)
from orders.testing.buyer import Buyer
from orders.testing.listening import statements

Bearer = Callable[..., dict[str, str]]
TENTH, DAY = Percentage(10), timedelta(days=1)


async def offer(engine: AsyncEngine, benefit: Any = TENTH, **more: Any) -> Promotion:
    """Makes a promotion that runs."""
    promotion = Promotion(uuid7(), "an offer", benefit, utcnow(), **more)
    async with OrdersUnitOfWork(engine) as uow:
        await uow.promotions.add(promotion, utcnow())
        await uow.commit()
    return promotion


async def uses(engine: AsyncEngine, promotion: Promotion) -> dict[str, int]:
    query = text("SELECT customer, used FROM promotion_uses WHERE promotion_id = :id")
    async with engine.connect() as connection:
        found = await connection.execute(query, {"id": promotion.id})
        return dict(map(tuple, found))


async def with_codes(buyer: Buyer, *codes: str) -> Buyer:
    for code in codes:
        url = f"/v1/carts/{buyer.cart}/codes/{code}"
        answer = await buyer.client.put(url, headers=buyer.headers)
        buyer.etag = answer.raise_for_status().headers["etag"]
    return buyer


async def cancel(engine: AsyncEngine, order_id: str) -> None:
    async with OrdersUnitOfWork(engine) as uow:
        (await uow.orders.get(UUID(order_id))).cancel(Actor.STAFF, utcnow())
        await uow.commit()


async def test_the_last_coupon_goes_to_exactly_one_of_many(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    promotion = await offer(engine, code="LAST", limit=1)
    buyers = [
        await with_codes(await Buyer(live, bearer(subject=str(uuid7()))).fill(_85123A=1), "LAST")
        for _ in range(12)
    ]
    answers = await asyncio.gather(*(buyer.order() for buyer in buyers))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 412: 11}
    assert (await uses(engine, promotion))[""] == 1
    loser = next(b for b, a in zip(buyers, answers, strict=True) if a.status_code == 412)
    refusal = await loser.order()
    assert refusal.json()["cart"]["refused_codes"] == [{"code": "LAST", "reason": "used_up"}]
    loser.etag = refusal.headers["etag"]
    placed = await loser.order()
    assert (placed.status_code, placed.json()["total"]["amount"]) == (201, 295)


async def test_orders_with_the_same_codes_in_any_order_do_not_deadlock(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    for code, benefit in (("ONE", FixedAmount(Money(5, "GBP"))), ("TWO", Percentage(10))):
        await offer(engine, benefit, code=code, limit=1_000, limit_per_customer=1_000)
    buyers = [
        await with_codes(
            await Buyer(live, bearer()).fill(_85123A=1), *(("ONE", "TWO")[:: n % 2 * 2 - 1])
        )
        for n in range(10)
    ]
    answers = await asyncio.gather(*(buyer.order() for buyer in buyers))
    assert {answer.status_code for answer in answers} == {201}
    await asyncio.gather(*(cancel(engine, answer.json()["id"]) for answer in answers))


async def test_one_customer_uses_a_promotion_once_and_again_after_a_cancellation(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    promotion = await offer(engine, limit_per_customer=1)
    headers = bearer()
    carts = [await Buyer(live, headers).fill(_85123A=1) for _ in range(5)]
    answers = await asyncio.gather(*(cart.order() for cart in carts))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 412: 4}
    placed = next(answer for answer in answers if answer.status_code == 201)
    customer = placed.json()["customer_id"]
    assert await uses(engine, promotion) == {"": 1, customer: 1}
    await cancel(engine, placed.json()["id"])
    assert await uses(engine, promotion) == {"": 0, customer: 0}
    again = await Buyer(live, headers).fill(_85123A=1)
    assert (await again.order()).json()["amounts"]["discount"]["amount"] == 30


@pytest.mark.parametrize("key", ["one-key", None])
async def test_a_cart_ordered_many_times_at_once_uses_a_promotion_once(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine, key: str | None
) -> None:
    promotion = await offer(engine, code="FEW", limit=100, limit_per_customer=100)
    buyer = await with_codes(await Buyer(live, bearer()).fill(_85123A=1), "FEW")
    answers = await asyncio.gather(*(buyer.order(key) for _ in range(10)))
    placed = [answer.json() for answer in answers if answer.status_code == 201]
    assert len({order["id"] for order in placed}) == 1
    assert await uses(engine, promotion) == {"": 1, placed[0]["customer_id"]: 1}


async def test_what_ended_before_it_began_takes_no_place(engine: AsyncEngine) -> None:
    later = utcnow() + DAY
    for _ in range(MAX_AUTOMATIC):
        async with OrdersUnitOfWork(engine) as uow:
            await uow.promotions.add(
                Promotion(uuid7(), "never", TENTH, later, ends_at=later), utcnow()
            )
            await uow.commit()
    assert await offer(engine)


async def test_no_race_begins_more_automatic_promotions_than_may_run(engine: AsyncEngine) -> None:
    many = (offer(engine) for _ in range(2 * MAX_AUTOMATIC))
    outcomes = await asyncio.gather(*many, return_exceptions=True)
    assert Counter(map(type, outcomes)) == {
        Promotion: MAX_AUTOMATIC,
        TooManyAutomatic: MAX_AUTOMATIC,
    }


async def test_promotions_come_back_from_the_database_as_they_went_in(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    made = [
        await offer(
            engine,
            FixedAmount(Money(100, "GBP")),
            code="POUND",
            skus=frozenset({"85123A"}),
            minimum_subtotal=Money(500, "GBP"),
            group="sale",
            limit=3,
        ),
        await offer(engine, BuyAndGet(2, 1), exclusive=True, ends_at=utcnow() + DAY),
        await offer(engine, FreeShipping(), code="POST"),
    ]
    async with OrdersUnitOfWork(engine) as uow:
        assert [await uow.promotions.get(each.id) for each in made] == made
    headers = bearer(scopes=["promotions:write"])
    listed = (await live.get("/v1/promotions?limit=2", headers=headers)).json()
    rest = (await live.get(listed["_links"]["next"]["href"], headers=headers)).json()
    ids = [each["id"] for each in [*listed["items"], *rest["items"]]]
    assert ids == [str(each.id) for each in reversed(made)]
    with pytest.raises(CodeTaken):
        await offer(engine, code="POST")


async def test_a_promotion_may_run_from_the_first_moment_to_the_last(
    live: AsyncClient, bearer: Bearer
) -> None:
    """Those that many libraries mean by "always"; in PostgreSQL they are infinite."""
    headers = bearer(scopes=["promotions:write"])
    times = {"starts_at": "0001-01-01T00:00:00Z", "ends_at": "9999-12-31T23:59:59.999999Z"}
    body = {"name": "Always", "benefit": {"kind": "percentage", "percent": 10}, **times}
    keyed = headers | {"Idempotency-Key": "always"}
    made = await live.post("/v1/promotions", json=body, headers=keyed)
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    assert (await live.get(path, headers=headers)).json() == made.json()
    buyer = await Buyer(live, bearer(subject=str(uuid7()))).fill(_85123A=6)
    cart = (await live.get(f"/v1/carts/{buyer.cart}", headers=buyer.headers)).json()
    assert cart["amounts"]["discount"]["amount"] == 177
    assert (await live.delete(path, headers=headers)).status_code == 204


@pytest.mark.parametrize(("limit", "statements_more"), [(None, 0), (1_000, 1)])
async def test_an_automatic_promotion_costs_a_round_trip_only_where_it_is_limited(
    live: AsyncClient,
    bearer: Bearer,
    engine: AsyncEngine,
    limit: int | None,
    statements_more: int,
) -> None:
    await offer(engine, limit=limit)
    buyer = await Buyer(live, bearer(subject=str(uuid7()))).fill(_85123A=1)
    with statements() as seen:
        placed = await buyer.order()
    assert placed.json()["amounts"]["discount"]["amount"] == 30
    assert len(seen) == 6 + statements_more
