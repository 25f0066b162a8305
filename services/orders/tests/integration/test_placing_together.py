"""Orders that are placed at the same moment share transactions, and nothing else."""

import asyncio
from collections import Counter
from collections.abc import Callable

from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.ids import uuid7
from orders.testing.buyer import Buyer, problem
from orders.testing.listening import statements

Bearer = Callable[..., dict[str, str]]
CROWD = 24


async def crowd(client: AsyncClient, bearer: Bearer) -> list[Buyer]:
    buyers = [Buyer(client, bearer(subject=str(uuid7()))) for _ in range(CROWD)]
    return list(await asyncio.gather(*(buyer.fill(_85123A=1) for buyer in buyers)))


async def column(engine: AsyncEngine, query: str) -> list[str]:
    async with engine.connect() as connection:
        return [str(value) for value in (await connection.execute(text(query))).scalars()]


async def test_a_crowd_shares_transactions(live: AsyncClient, bearer: Bearer) -> None:
    buyers = await crowd(live, bearer)
    with statements() as seen:
        answers = await asyncio.gather(*(buyer.order() for buyer in buyers))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == CROWD
    counts = Counter(seen)
    assert counts["BEGIN"] == counts["COMMIT"] < CROWD / 2


async def test_each_of_a_crowd_keeps_their_own_trace_request_and_messages(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    buyers = await crowd(live, bearer)
    answers = await asyncio.gather(*(buyer.order() for buyer in buyers))
    ids = {answer.json()["id"] for answer in answers}
    of_orders = "SELECT conversation FROM order_sagas"
    asked = "SELECT request_id FROM order_timeline WHERE kind = 'request'"
    requests = {answer.headers["x-request-id"] for answer in answers}
    assert set(await column(engine, of_orders)) == set(await column(engine, asked)) == requests
    sent = await column(engine, "SELECT key FROM outbox ORDER BY id")
    assert Counter(sent) == dict.fromkeys(ids, 2)
    traces = "SELECT DISTINCT substr(traceparent, 4, 32) FROM outbox"
    assert len(await column(engine, traces)) == CROWD


async def test_one_refusal_in_a_crowd_is_told_to_that_one_alone(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    buyers = await crowd(live, bearer)
    # The same cart under another key: the database refuses one of the two, in whatever group.
    *answers, again = await asyncio.gather(
        *(buyer.order() for buyer in buyers), buyers[0].order("another")
    )
    first = answers.pop(0)
    assert {answer.status_code for answer in answers} == {201}
    refused, placed = sorted((first, again), key=lambda answer: answer.status_code, reverse=True)
    assert (problem(refused), placed.status_code) == ((409, "cart-ordered"), 201)
    assert len(await column(engine, "SELECT id FROM orders")) == CROWD


async def test_twins_of_one_request_get_one_answer(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    buyer = await Buyer(live, bearer(subject=str(uuid7()))).fill(_85123A=1)
    answers = await asyncio.gather(*(buyer.order("the-key") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(await column(engine, "SELECT id FROM orders")) == 1


async def test_the_key_of_twins_in_a_crowd_names_the_order_that_was_placed(
    live: AsyncClient, bearer: Bearer, engine: AsyncEngine
) -> None:
    buyers = await crowd(live, bearer)
    twins = [buyer.order(f"key-{buyer.cart}") for buyer in buyers for _ in range(2)]
    answers = await asyncio.gather(*twins)
    assert {answer.status_code for answer in answers} == {201}
    placed = set(await column(engine, "SELECT id FROM orders"))
    named = await column(engine, "SELECT split_part(location, '/', 4) FROM idempotency_keys")
    assert (len(placed), set(named)) == (CROWD, placed)
