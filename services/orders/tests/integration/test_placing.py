"""Placing orders on the real servers: races, atomicity, and what one order costs."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.ids import uuid7
from orders.adapters.order_repository import OrderRepository
from orders.adapters.redis_carts import RedisCarts
from orders.testing.buyer import CONTACT_BODY, Buyer, problem
from orders.testing.listening import statements

Bearer = Callable[..., dict[str, str]]


def as_someone_new(client: AsyncClient, bearer: Bearer) -> Buyer:
    return Buyer(client, bearer(subject=str(uuid7())))


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        found = await connection.execute(text(f"SELECT count(*) FROM {table}"))
        return int(found.scalar_one())


async def rows(engine: AsyncEngine) -> dict[str, int]:
    tables = ("orders", "order_lines", "order_sagas", "outbox", "idempotency_keys")
    return {table: await count(engine, table) for table in tables}


async def test_everything_of_an_order_is_there_at_once(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    buyer = await as_someone_new(live, bearer).fill(_85123A=6, _71053=2)
    placed = await buyer.order()
    assert placed.status_code == 201, placed.text
    assert await rows(engine) == {
        "orders": 1,
        "order_lines": 2,
        "order_sagas": 1,
        "outbox": 2,
        "idempotency_keys": 1,
    }
    read = await live.get(placed.headers["location"], headers=buyer.headers)
    assert read.json() == placed.json()


async def test_a_hundred_requests_with_one_key_at_once_make_one_order(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    buyer = await as_someone_new(live, bearer).fill(_85123A=1)
    answers = await asyncio.gather(*(buyer.order("the-key") for _ in range(100)))
    placed = [answer for answer in answers if answer.status_code == 201]
    others = Counter(problem(answer) for answer in answers if answer.status_code != 201)
    assert set(others) <= {(409, "idempotency-key-in-flight")}
    assert len({answer.headers["location"] for answer in placed}) == 1
    assert (await rows(engine))["orders"] == 1
    retry = await buyer.order("the-key")
    assert retry.headers["location"] == placed[0].headers["location"]


async def test_one_cart_ordered_at_once_with_many_keys_makes_one_order(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    buyer = await as_someone_new(live, bearer).fill(_85123A=1)
    answers = await asyncio.gather(*(buyer.order() for _ in range(20)))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {201: 1, 409: 19}
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {
        (409, "cart-ordered")
    }
    assert (await rows(engine))["orders"] == 1


async def test_a_fault_on_the_way_leaves_nothing_and_the_retry_succeeds(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await as_someone_new(live, bearer).fill(_85123A=1)
    with monkeypatch.context() as patch:

        async def lost(_self: OrderRepository) -> Any:
            raise ConnectionResetError

        patch.setattr(OrderRepository, "write", lost)
        refused = await buyer.order("key")
    assert problem(refused) == (503, "service-unavailable")
    assert set((await rows(engine)).values()) == {0}
    assert (await buyer.order("key")).status_code == 201


async def test_a_crash_before_the_cart_was_closed_makes_no_second_order(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await as_someone_new(live, bearer).fill(_85123A=1)
    with monkeypatch.context() as patch:

        async def lost(_self: RedisCarts, *_: object) -> None:
            raise ConnectionResetError

        patch.setattr(RedisCarts, "close", lost)
        assert (await buyer.order("first")).status_code == 503
    retry = await buyer.order("first")
    assert retry.status_code == 201
    mine = await live.get("/v1/carts/mine", headers=buyer.headers)
    assert problem(mine) == (404, "cart-not-found")
    other = await buyer.order("second")
    assert problem(other) == (409, "cart-ordered")
    assert other.json()["_links"]["order"]["href"] == retry.headers["location"]
    assert (await rows(engine))["orders"] == 1


async def keys(redis: Any) -> set[str]:
    return {key async for key in redis.scan_iter("orders:*", count=1000)}


async def test_a_guests_secret_is_nowhere_in_the_stores(
    live: AsyncClient, engine: AsyncEngine, redis: Any
) -> None:
    before = await keys(redis)
    token = (await live.post("/v1/carts")).json()["token"]
    buyer = await Buyer(live, {"Cart-Token": token}).fill(_85123A=1)
    made = await keys(redis) - before
    kept = [await redis.hgetall(key) for key in made if await redis.type(key) == "hash"]
    assert (await buyer.order(contact=CONTACT_BODY)).status_code == 201
    assert kept
    assert token not in f"{made} {kept}"
    async with engine.connect() as connection:
        for table in ("orders", "idempotency_keys"):
            found = await connection.execute(text(f"SELECT t::text FROM {table} AS t"))
            assert not [row for row in found if token in row[0]]


async def test_carts_and_their_keys_expire_after_thirty_days(
    live: AsyncClient, bearer: Bearer, redis: Any
) -> None:
    before = await keys(redis)
    buyer = as_someone_new(live, bearer)
    await live.post("/v1/carts", headers=buyer.headers | {"Idempotency-Key": "k"})
    made = await keys(redis) - before
    assert len(made) == 3
    month = 30 * 24 * 3600
    assert all([month - 60 < await redis.ttl(key) <= month for key in made])


async def test_a_merge_keeps_the_customers_cart_and_what_calls_it_theirs(
    live: AsyncClient, bearer: Bearer, redis: Any
) -> None:
    """Each change counts the thirty days anew, or `mine` is gone before the cart is."""
    before = await keys(redis)
    buyer = await as_someone_new(live, bearer).fill(_85123A=1)
    ours = await keys(redis) - before
    for key in ours:
        await redis.expire(key, 60)
    token = (await live.post("/v1/carts")).json()["token"]
    guest = await Buyer(live, {"Cart-Token": token}).fill(_71053=1)
    url, both = f"/v1/carts/{buyer.cart}/merge", buyer.headers | guest.headers
    merged = await live.post(url, json={"guest_cart_id": guest.cart}, headers=both)
    assert merged.status_code == 200, merged.text
    assert [await redis.ttl(key) > 3600 for key in ours] == [True, True]


async def test_a_new_cart_asks_for_no_price(live: AsyncClient, bearer: Bearer) -> None:
    with statements() as seen:
        made = await live.post("/v1/carts", headers=bearer(subject=str(uuid7())))
        again = await live.get(made.headers["location"], headers=bearer(subject=str(uuid7())))
    assert (made.status_code, again.status_code, seen) == (201, 404, [])


@pytest.mark.parametrize("lines", [1, 3])
async def test_an_order_costs_six_round_trips_however_many_lines_it_has(
    live: AsyncClient, bearer: Bearer, lines: int
) -> None:
    skus = ["_85123A", "_71053", "_22193"][:lines]
    buyer = await as_someone_new(live, bearer).fill(**dict.fromkeys(skus, 1))
    with statements() as seen:
        assert (await buyer.order()).status_code == 201
    assert [statement.partition(" ")[0] for statement in seen] == [
        "SELECT",  # the prices
        "BEGIN",
        "INSERT",  # the key with its answer
        "WITH",  # order, lines and saga
        "INSERT",  # the outbox
        "COMMIT",
    ]
