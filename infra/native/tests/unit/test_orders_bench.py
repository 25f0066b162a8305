"""The bench of orders: its loops against a tiny shop, its ratios, and what pgbench is told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from native.bench.client import Connection
from native.bench.orders.broker import Broker
from native.bench.orders.commits import Delays
from native.bench.orders.crowd import Outcome, Refused, closed_loop, open_loop
from native.bench.orders.pgbench import insert_of
from native.bench.orders.relaying import Relaying
from native.bench.orders.report import Offered, OrdersReport

REPORT = OrdersReport(
    machine="a machine",
    confirmed_per_second=50.0,
    pgbench_per_second=1000.0,
    accepted_per_second=600.0,
    through_gateway_per_second=500.0,
    accepted_beside_sagas_per_second=55.0,
    alone_p50_ms=20.0,
    alone_p99_ms=40.0,
    steady=Delays(100, 3.0, 15.0, 20.0, 60.0),
    broker=Broker(2.0, 40_000.0),
    relaying=Relaying(10_000.0, 1200.0, 4.0, 20.0),
    calm=Offered(35.0, 30.0, {201: 350}),
    calm_delays=Delays(350, 2.5, 12.0, 18.0, 45.0),
    flood=Offered(45.0, 90.0, {201: 450, 503: 1000, 429: 50}),
    violations=0,
)


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    """A server that accepts connections and says nothing."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_closed_loop_makes_all_purchases_and_counts_what_was_refused(origin: str) -> None:
    numbers = iter(range(20))

    async def purchase(_: Connection) -> None:
        if next(numbers) % 4 == 0:
            raise Refused(503)

    outcome = await closed_loop(origin, 20, purchase, 4)
    assert outcome.statuses == Counter({201: 15, 503: 5})
    assert len(outcome.delays) == 15


async def test_an_open_loop_begins_purchases_at_its_rate_whatever_becomes_of_them(
    origin: str,
) -> None:
    under_way = most = 0

    async def slow(_: Connection) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1

    outcome = await open_loop(origin, rate=200, seconds=0.2, purchase=slow)
    assert outcome.statuses == Counter({201: 40})
    assert most > 10


def test_only_placed_orders_count_for_the_rate() -> None:
    outcome = Outcome(2.0, Counter({201: 10, 503: 90}), [0.1] * 10)
    assert outcome.per_second == 5.0


def test_each_goal_is_a_ratio_against_what_was_measured_in_the_same_run() -> None:
    assert REPORT.ratios() == {
        "accepted at the service / pgbench": 0.6,
        "accepted through the gateway / pgbench": 0.5,
        "saga p50 / Kafka round trip": 10.0,
        "backlog relayed / aiokafka sending": 0.25,
        "goodput at three times the load / peak": 0.9,
        "p99 at three times the load / at 70 %": 3.0,
    }


def test_an_answer_that_is_no_honest_refusal_is_told_apart() -> None:
    assert REPORT.flood.dishonest == 0
    wrong = replace(REPORT, flood=replace(REPORT.flood, statuses={201: 1, 500: 2, 0: 3}))
    assert "; 5 neither placed nor honestly refused" in wrong.markdown()


def test_the_table_names_every_figure() -> None:
    table = REPORT.markdown()
    assert "| pgbench, the same writes, 16 clients | 1,000 a second |" in table
    assert "| orders accepted at the service while their sagas run | 55 a second |" in table
    assert "at 70 % of the peak (350 orders) | p50 2.5 ms, p99 12.0 ms |" in table
    assert "45 placed a second, p99 90 ms (450 × 201, 50 × 429, 1,000 × 503)" in table
    assert "| saga p50 / Kafka round trip | 10.00 |" in table


def test_a_copy_of_the_sample_order_has_ids_of_its_own() -> None:
    assert insert_of(["id", "cart_id", "owner"]) == (
        "(id, cart_id, owner) SELECT uuidv7(), gen_random_uuid(), sample.owner"
    )
