"""Reconciliations over the fakes: asked for by staff, followed at their address."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from chassis.clock import utcnow
from chassis.ids import uuid7
from chassis.testing import TokenMint
from payments.domain.reconciliation import Difference, Kind
from services.payments.tests.fakes import NOW, FakePaymentsUnitOfWork

PATH = "/v1/payments/reconciliations"


async def start(client: httpx.AsyncClient, key: str = "k", **body: str) -> httpx.Response:
    return await client.post(PATH, json=body, headers={"Idempotency-Key": key})


async def test_one_is_asked_for_once_for_each_key(
    client: httpx.AsyncClient, uow: FakePaymentsUnitOfWork
) -> None:
    first, again, other = await start(client), await start(client), await start(client, "k2")
    assert first.status_code == again.status_code == 202
    assert first.headers["Location"] == again.headers["Location"] != other.headers["Location"]
    assert first.json()["ended_at"] is None
    assert len(uow.books.runs) == 2


async def test_it_looks_back_a_week_or_as_far_as_it_is_told(
    client: httpx.AsyncClient, uow: FakePaymentsUnitOfWork
) -> None:
    await start(client)
    await start(client, "k2", since="2026-01-01T00:00:00Z")
    for number, wrong in enumerate(("2026-01-01T00:00:00", "1767225600", "2026-01-01 00:00Z")):
        assert (await start(client, f"w{number}", since=wrong)).status_code == 422
    usual, told = uow.books.runs.values()
    assert abs(utcnow() - timedelta(days=7) - usual.since) < timedelta(minutes=1)
    assert told.since.isoformat() == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "since", ["0001-01-02T00:00:00Z", "1969-07-20T20:17:40Z", "9999-12-30T00:00:00Z"]
)
async def test_a_time_before_1970_or_to_come_is_taken_as_the_nearest_that_makes_sense(
    client: httpx.AsyncClient, uow: FakePaymentsUnitOfWork, since: str
) -> None:
    assert (await start(client, since=since)).status_code == 202
    (run,) = uow.books.runs.values()
    assert datetime(1970, 1, 1, tzinfo=UTC) <= run.since <= utcnow()


async def test_its_address_says_what_it_found(
    client: httpx.AsyncClient, uow: FakePaymentsUnitOfWork
) -> None:
    address = (await start(client)).headers["Location"]
    run_id = UUID(address.rpartition("/")[2])
    uow.books.runs[run_id] = replace(
        uow.books.runs[run_id], ended_at=NOW, charges=3, payments=3, differences=1
    )
    found = Difference(Kind.CAPTURED, "ch_1", uuid7(), uuid7(), "1530", "0")
    uow.books.differences[run_id] = [found]
    body = (await client.get(address)).json()
    assert (body["charges"], body["differences"]) == (3, 1)
    (difference,) = body["found"]
    assert difference["kind"] == "captured"
    assert (difference["ours"], difference["theirs"]) == ("1530", "0")
    assert difference["order_id"] == str(found.order_id)
    missing = await client.get(f"{PATH}/{uuid7()}")
    assert missing.json()["type"] == "/problems/reconciliation-not-found"


async def test_they_are_listed_page_by_page_the_newest_first(client: httpx.AsyncClient) -> None:
    started = [(await start(client, f"k{n}")).json()["id"] for n in range(3)]
    first = (await client.get(PATH, params={"limit": 2})).json()
    rest = (await client.get(first["_links"]["next"]["href"])).json()
    assert [run["id"] for run in first["items"] + rest["items"]] == started[::-1]


async def test_reading_and_starting_need_their_scopes(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    client.headers.update(mint.headers(scopes={"payments:read"}))
    assert (await start(client)).status_code == 403
    assert (await client.get(PATH)).status_code == 200
    client.headers.update(mint.headers(scopes={"orders:read"}))
    assert (await client.get(PATH)).status_code == 403
