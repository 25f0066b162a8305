"""`/v1/stock-adjustments`: all or nothing, once for each key, and what bad input gets."""

from typing import Any

import httpx
import pytest

from services.inventory.tests.fakes import Warehouse

URL = "/v1/stock-adjustments"


def body(*lines: tuple[str, Any], **more: Any) -> dict[str, Any]:
    return {"reason": "delivery", "lines": [{"sku": s, "delta": d} for s, d in lines], **more}


async def post(client: httpx.AsyncClient, json: Any, key: str = "key-1") -> httpx.Response:
    return await client.post(URL, json=json, headers={"Idempotency-Key": key})


async def test_an_adjustment_is_booked_and_can_be_read_where_it_says(
    client: httpx.AsyncClient, warehouse: Warehouse
) -> None:
    response = await post(client, body(("85123A", -4), ("10002", 7)))
    assert response.status_code == 201
    assert warehouse.buckets("85123A") == (6, 0, 0)
    assert warehouse.buckets("10002") == (7, 0, 0)
    read = await client.get(response.headers["location"])
    assert read.json() == response.json()
    assert read.json()["lines"] == [
        {"sku": "85123A", "delta": -4},
        {"sku": "10002", "delta": 7},
    ]


async def test_the_same_key_and_body_are_answered_alike_and_booked_once(
    client: httpx.AsyncClient, warehouse: Warehouse
) -> None:
    first = await post(client, body(("85123A", 1)))
    second = await post(client, body(("85123A", 1)))
    assert second.status_code == 201
    assert second.headers["location"] == first.headers["location"]
    assert second.json() == first.json()
    assert warehouse.buckets("85123A") == (11, 0, 0)


async def test_a_key_used_for_another_body_is_refused(
    client: httpx.AsyncClient, warehouse: Warehouse
) -> None:
    await post(client, body(("85123A", 1)))
    response = await post(client, body(("85123A", 2)))
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/idempotency-key-reused"
    assert warehouse.buckets("85123A") == (11, 0, 0)


async def test_an_adjustment_without_a_key_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post(URL, json=body(("85123A", 1)))
    assert response.status_code == 400
    assert response.json()["type"] == "/problems/idempotency-key-missing"


async def test_stock_below_zero_is_a_conflict_that_names_what_there_is(
    client: httpx.AsyncClient, warehouse: Warehouse
) -> None:
    response = await post(client, body(("10002", 5), ("85123A", -11)))
    assert response.status_code == 409
    assert response.json()["type"] == "/problems/not-enough-stock"
    shortage = {"sku": "85123A", "requested": 11, "available": 10}
    assert response.json()["shortages"] == [shortage]
    assert warehouse.buckets("10002") == (0, 0, 0)


@pytest.mark.parametrize(
    ("lines", "problem", "skus"),
    [
        ([("85123A", 1), ("99999", 1)], "/problems/unknown-sku", ["99999"]),
        ([("85123A", 1), ("85123A", 2)], "/problems/duplicate-sku", ["85123A"]),
    ],
)
async def test_lines_that_cannot_be_booked_are_named(
    client: httpx.AsyncClient, lines: list[tuple[str, int]], problem: str, skus: list[str]
) -> None:
    response = await post(client, body(*lines))
    assert response.status_code == 422
    assert (response.json()["type"], response.json()["skus"]) == (problem, skus)


@pytest.mark.parametrize(
    "bad",
    [
        body(("85123A", 0)),
        body(("85123A", 1.5)),
        body(("85123A", "1")),
        body(("85123A", True)),
        body(("85123A", None)),
        body(("85123A", 10**9)),
        body(("85123A", -(10**9))),
        body(("85123A", 10**30)),
        body(("85123a", 1)),
        {"reason": "count", "lines": [{"sku": 123, "delta": 1}]},
        body(),
        body(*[("85123A", 1)] * 501),
        body(("85123A", 1), reason=""),
        body(("85123A", 1), reason="x" * 201),
        body(("85123A", 1), reason="two\nlines"),
        body(("85123A", 1), price=1),
        body(("85123A", 1), reason={"$ne": None}),
        {"lines": [{"sku": "85123A", "delta": 1}]},
        [],
        "text",
        None,
    ],
)
async def test_bad_bodies_are_validation_problems_and_change_nothing(
    client: httpx.AsyncClient, warehouse: Warehouse, bad: Any
) -> None:
    response = await post(client, bad)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/validation-error"
    assert response.json()["errors"]
    assert warehouse.commits == 0


async def test_a_body_that_is_no_json_is_a_problem(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    response = await client.post(URL, content=b'{"reason":', headers=headers)
    assert response.status_code == 400
    assert response.json()["type"] == "/problems/malformed-json"


async def test_an_adjustment_that_nobody_made_is_not_found(client: httpx.AsyncClient) -> None:
    response = await client.get(f"{URL}/01990000-0000-7000-8000-0000000000b1")
    assert response.status_code == 404
    assert response.json()["type"] == "/problems/adjustment-not-found"


async def test_a_bad_uuid_is_a_validation_problem(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{URL}/1")).status_code == 422
