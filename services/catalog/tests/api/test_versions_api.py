"""Version 2 of a product beside version 1, over HTTP on fakes: who is told what, and what holds."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from httpx import AsyncClient, Response

from catalog.application.take_in_availability import take_in_availability
from catalog.domain.ports import AvailabilityNews, CreationKey
from catalog.testing import MemoryCache, MemoryStore, make_product

HEART = "white-hanging-heart-t-light-holder"
PRICES = {"85123A": 295, "85123B": 255}


@pytest.fixture(autouse=True)
async def shelf(store: MemoryStore) -> None:
    """A product of two variants, and another."""
    await store.add(make_product(prices=PRICES), CreationKey("1", ""))
    mug = make_product("10001", name="RED MUG", category="mugs-and-cups", prices={"10001": 125})
    await store.add(mug, CreationKey("2", ""))


def links(answer: Response) -> dict[str, str]:
    """The targets of the Link field by their relation."""
    return {str(link["rel"]): str(link["url"]) for link in answer.links.values()}


@pytest.mark.parametrize("path", [f"/v1/products/{HEART}", "/v1/products?limit=1"])
async def test_what_v1_answers_says_since_when_until_when_and_what_instead(
    client: AsyncClient, path: str
) -> None:
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    for answer in (first, again):
        since = int(answer.headers["deprecation"].removeprefix("@"))
        until = parsedate_to_datetime(answer.headers["sunset"])
        assert datetime.fromtimestamp(since, UTC) < until
        assert answer.headers["sunset"].endswith(" GMT")
        assert links(answer)["successor-version"] == path.replace("/v1/", "/v2/")


async def test_the_successor_keeps_the_query_and_the_links_of_a_page(client: AsyncClient) -> None:
    answer = await client.get("/v1/products", params={"q": "<mug>", "limit": "1"})
    assert links(answer)["self"] == "/v1/products?q=%3Cmug%3E&limit=1"
    assert links(answer)["successor-version"] == "/v2/products?q=%3Cmug%3E&limit=1"


@pytest.mark.parametrize("path", [f"/v2/products/{HEART}", "/v2/products", "/v1/categories"])
async def test_nothing_else_is_on_its_way_out(client: AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert not {"deprecation", "sunset"} & set(answer.headers)
    assert "successor-version" not in links(answer)


async def test_v1_is_shown_as_before(client: AsyncClient) -> None:
    body = (await client.get(f"/v1/products/{HEART}")).json()
    assert set(body) == {
        *("id", "slug", "code", "name", "description", "category", "price_from", "in_stock"),
        *("variants", "_links"),
    }
    assert body["in_stock"] is False
    assert set(body["variants"][0]) == {"sku", "name", "price", "in_stock"}
    assert body["_links"]["self"] == {"href": f"/v1/products/{HEART}"}


@pytest.mark.parametrize(
    ("there", "status"),
    [([], "out_of_stock"), (["85123A"], "partly_in_stock"), ([*PRICES], "in_stock")],
)
async def test_v2_says_how_far_a_product_can_be_had(
    client: AsyncClient, store: MemoryStore, cache: MemoryCache, there: list[str], status: str
) -> None:
    news = [AvailabilityNews(sku, in_stock=True, sequence=1) for sku in there]
    await take_in_availability(news, store, cache)
    body = (await client.get(f"/v2/products/{HEART}")).json()
    assert body["availability"] == {"status": status}
    assert {one["sku"] for one in body["variants"] if said(one) == "in_stock"} == set(there)
    assert {said(one) for one in body["variants"]} <= {"in_stock", "out_of_stock"}


def said(variant: dict[str, Any]) -> Any:
    return variant["availability"]["status"]


async def test_v2_shows_from_what_to_what_a_product_costs(client: AsyncClient) -> None:
    body = (await client.get(f"/v2/products/{HEART}")).json()
    assert body["price_range"] == {
        "lowest": {"amount": 255, "currency": "GBP"},
        "highest": {"amount": 295, "currency": "GBP"},
    }
    assert not {"price_from", "in_stock"} & set(body)
    assert body["_links"]["self"] == {"href": f"/v2/products/{HEART}"}


async def test_the_versions_are_remembered_apart_and_forgotten_together(
    client: AsyncClient, store: MemoryStore, cache: MemoryCache
) -> None:
    paths = [f"/{version}/products/{HEART}" for version in ("v1", "v2")]
    before = [(await client.get(path)).json() for path in paths]
    assert before[0].keys() != before[1].keys()
    news = [AvailabilityNews(sku, in_stock=True, sequence=1) for sku in PRICES]
    await take_in_availability(news, store, cache)
    after = [(await client.get(path)).json() for path in paths]
    assert after[0]["in_stock"] is True
    assert after[1]["availability"] == {"status": "in_stock"}


async def test_a_page_goes_on_in_the_other_version(client: AsyncClient) -> None:
    first = (await client.get("/v1/products?sort=name&limit=1")).json()
    onward = first["_links"]["next"]["href"].replace("/v1/", "/v2/")
    second = (await client.get(onward)).json()
    seen = [product["slug"] for page in (first, second) for product in page["items"]]
    assert seen == ["red-mug", HEART]


async def test_what_v2_saw_may_be_changed(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    seen = await client.get("/v2/products/red-mug")
    headers = merchandiser | {"If-Match": seen.headers["etag"]}
    changed = await client.patch("/v1/products/red-mug", json={"name": "MUG"}, headers=headers)
    assert changed.status_code == 200
    assert (await client.get("/v2/products/red-mug")).json()["name"] == "MUG"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/products/no-such-thing", 404),
        ("/v2/products?cursor=x", 400),
        ("/v2/products?a=b", 422),
    ],
)
async def test_v2_refuses_what_v1_refuses(client: AsyncClient, path: str, status: int) -> None:
    old = await client.get(path.replace("/v2/", "/v1/"))
    new = await client.get(path)
    assert (new.status_code, old.status_code) == (status, status)
    assert new.json()["type"] == old.json()["type"]


async def test_openapi_marks_the_old_reads_and_describes_their_fields(client: AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    marked = {
        (path, method)
        for path, item in paths.items()
        for method, operation in item.items()
        if operation.get("deprecated")
    }
    assert marked == {("/v1/products", "get"), ("/v1/products/{slug}", "get")}
    for path, method in marked:
        for status in ("200", "304"):
            said = paths[path][method]["responses"][status]["headers"]
            assert set(said) == {"Deprecation", "Sunset", "Link"}
