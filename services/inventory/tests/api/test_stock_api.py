"""`/v1/stock`: reads, pages, rights and what bad input gets."""

import httpx
import pytest

from chassis.testing import TokenMint
from services.inventory.tests.fakes import Warehouse


async def test_stock_of_a_sku_shows_its_three_buckets(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/stock/85123A")
    assert response.status_code == 200
    assert response.json() == {
        "sku": "85123A",
        "available": 10,
        "reserved": 0,
        "sold": 0,
        "returned": 0,
        "in_stock": True,
        "_links": {
            "self": {"href": "/v1/stock/85123A"},
            "movements": {"href": "/v1/stock/85123A/movements"},
        },
    }


@pytest.mark.parametrize("path", ["/v1/stock/99999", "/v1/stock/99999/movements"])
async def test_a_sku_without_stock_record_is_a_404_problem(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "/problems/stock-not-found"


@pytest.mark.parametrize("sku", ["85123a", "{$gt:''}", "85123A' OR 1=1", "8" * 300])
async def test_what_is_no_sku_is_a_validation_problem(client: httpx.AsyncClient, sku: str) -> None:
    response = await client.get(f"/v1/stock/{sku}")
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/validation-error"


async def test_the_pages_of_the_stock_show_every_sku_once(
    client: httpx.AsyncClient, warehouse: Warehouse
) -> None:
    warehouse.put(_10001=1, _10003=3, _10004=4)
    seen: list[str] = []
    url = "/v1/stock?limit=2"
    while url:
        page = await client.get(url)
        assert page.headers["link"].startswith(f'<{url}>; rel="self"')
        seen += [item["sku"] for item in page.json()["items"]]
        url = page.json()["_links"].get("next", {}).get("href", "")
    assert seen == ["10001", "10002", "10003", "10004", "85123A"]


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=eyJza3UiOiAxfQ", "cursor=eyJza3UiOiJ4In0"]
)
async def test_a_cursor_that_the_list_did_not_give_is_a_problem(
    client: httpx.AsyncClient, query: str
) -> None:
    for path in ("/v1/stock", "/v1/stock/85123A/movements"):
        response = await client.get(f"{path}?{query}")
        assert response.status_code == 400
        assert response.json()["type"] == "/problems/invalid-cursor"


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1.5", "all"])
async def test_a_page_has_one_to_a_hundred_items(client: httpx.AsyncClient, limit: str) -> None:
    assert (await client.get(f"/v1/stock?limit={limit}")).status_code == 422


async def test_movements_come_oldest_first_and_add_up(client: httpx.AsyncClient) -> None:
    for key, delta in (("a", 5), ("b", -3), ("c", 1)):
        body = {"reason": "count", "lines": [{"sku": "85123A", "delta": delta}]}
        await client.post("/v1/stock-adjustments", json=body, headers={"Idempotency-Key": key})
    first = (await client.get("/v1/stock/85123A/movements?limit=2")).json()
    rest = (await client.get(first["_links"]["next"]["href"])).json()
    assert [item["available"] for item in first["items"] + rest["items"]] == [5, -3, 1]
    assert "next" not in rest["_links"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/stock"),
        ("GET", "/v1/stock/85123A"),
        ("GET", "/v1/stock/85123A/movements"),
        ("GET", "/v1/stock-adjustments/01990000-0000-7000-8000-0000000000b1"),
        ("POST", "/v1/stock-adjustments"),
    ],
)
async def test_every_route_asks_for_a_token_and_its_scope(
    client: httpx.AsyncClient, mint: TokenMint, method: str, path: str
) -> None:
    nobody = await client.request(method, path, headers={"Authorization": ""})
    assert nobody.status_code == 401
    shopper = mint.headers(scopes={"orders:read", "orders:write", "profile"})
    refused = await client.request(method, path, headers=shopper)
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/insufficient-scope"


async def test_reading_stock_does_not_allow_changing_it(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    body = {"reason": "count", "lines": [{"sku": "85123A", "delta": 1}]}
    headers = mint.headers(scopes={"stock:read"}) | {"Idempotency-Key": "k"}
    response = await client.post("/v1/stock-adjustments", json=body, headers=headers)
    assert response.status_code == 403
