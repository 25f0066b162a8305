"""The public reads over HTTP, on fakes: bodies, pages, validators and what bad input gets."""

import pytest
from httpx import AsyncClient

from catalog.application.take_in_availability import take_in_availability
from catalog.domain.ports import AvailabilityNews, CreationKey
from catalog.testing import MemoryCache, MemoryStore, make_product

HEART = "white-hanging-heart-t-light-holder"


@pytest.fixture
async def shelf(store: MemoryStore) -> MemoryStore:
    """Three products."""
    for product in (
        make_product(prices={"85123A": 295, "85123B": 255}),
        make_product("10001", name="RED MUG", category="mugs-and-cups", prices={"10001": 125}),
        make_product("10002", name="BLUE MUG", category="mugs-and-cups", prices={"10002": 150}),
    ):
        await store.add(product, CreationKey(product.code, ""))
    return store


async def test_a_product_is_read_by_its_slug_without_a_token(
    client: AsyncClient, shelf: MemoryStore
) -> None:
    await shelf.record_availability([AvailabilityNews("85123A", in_stock=True, sequence=1)])
    answer = await client.get(f"/v1/products/{HEART}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["code"] == "85123"
    assert body["price_from"] == {"amount": 255, "currency": "GBP"}
    assert body["in_stock"] is True
    assert [variant["in_stock"] for variant in body["variants"]] == [True, False]
    assert body["_links"]["self"] == {"href": f"/v1/products/{HEART}"}
    assert body["_links"]["category"] == {"href": "/v1/categories/candle-holders"}


async def test_an_unknown_slug_is_a_404_problem(client: AsyncClient) -> None:
    answer = await client.get("/v1/products/no-such-thing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/product-not-found"


async def test_a_withdrawn_product_is_gone_from_reads_and_lists(
    client: AsyncClient, shelf: MemoryStore, merchandiser: dict[str, str]
) -> None:
    await client.get("/v1/products/red-mug")
    assert (await client.delete("/v1/products/red-mug", headers=merchandiser)).status_code == 204
    answer = await client.get("/v1/products/red-mug")
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/product-gone")
    listed = (await client.get("/v1/products")).json()["items"]
    assert "red-mug" not in {product["slug"] for product in listed}


@pytest.mark.parametrize(
    "path",
    [
        *(f"/v1/products/{HEART}", "/v1/products", f"/v2/products/{HEART}", "/v2/products"),
        *("/v1/categories", "/v1/categories/home"),
    ],
)
async def test_who_has_the_answer_gets_304(
    client: AsyncClient, shelf: MemoryStore, path: str
) -> None:
    first = await client.get(path)
    assert "public" in first.headers["cache-control"]
    products = "/products" in path
    assert ("cdn-cache-control" in first.headers) is products
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = await client.get(path, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def test_an_etag_changes_with_the_stock(
    client: AsyncClient, shelf: MemoryStore, cache: MemoryCache
) -> None:
    before = (await client.get("/v1/products/red-mug")).headers["etag"]
    news = [AvailabilityNews("10001", in_stock=True, sequence=1)]
    await take_in_availability(news, shelf, cache)
    assert (await client.get("/v1/products/red-mug")).headers["etag"] != before


async def test_a_list_is_followed_to_its_end_by_its_links(
    client: AsyncClient, shelf: MemoryStore
) -> None:
    path, seen = "/v1/products?limit=2&sort=price", []
    while path:
        answer = await client.get(path)
        assert 'rel="self"' in answer.headers["link"]
        body = answer.json()
        seen += [product["slug"] for product in body["items"]]
        path = body["_links"].get("next", {}).get("href", "")
    assert seen == ["red-mug", "blue-mug", HEART]


async def test_a_list_is_filtered_by_category_price_and_words(
    client: AsyncClient, shelf: MemoryStore
) -> None:
    async def slugs(query: str) -> list[str]:
        answer = await client.get(f"/v1/products?{query}")
        return [product["slug"] for product in answer.json()["items"]]

    assert await slugs("sort=name&category=kitchen-and-dining") == ["blue-mug", "red-mug"]
    assert await slugs("min_price=130&max_price=200") == ["blue-mug"]
    assert await slugs("q=mugs+red") == ["red-mug"]
    assert await slugs("q=hea") == [HEART]
    assert await slugs("sort=newest") == ["blue-mug", "red-mug", HEART]


@pytest.mark.parametrize(
    "query",
    [
        "category[$ne]=x",
        "category=$ne",
        "category.x=1",
        "category=%7B%22$ne%22%3Anull%7D",
        "min_price[$gt]=1",
        "min_price=$gt",
        "min_price=-1",
        "min_price=1.5",
        "max_price=99999999999999999999",
        "sort=$natural",
        "sort=slug",
        "limit=0",
        "limit=101",
        "limit=ten",
        "$where=1",
        "unknown=1",
        "q=" + "x" * 201,
    ],
)
async def test_what_a_list_does_not_understand_is_422(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/products?{query}")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/validation-error"


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("category=no-such-category", "unknown-category"),
        ("q=%21%21", "invalid-search"),
        ("q=a+b+c+d+e+f+g+h+i+j+k", "invalid-search"),
    ],
)
async def test_a_list_of_what_cannot_be_is_422(
    client: AsyncClient, query: str, problem: str
) -> None:
    answer = await client.get(f"/v1/products?{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{problem}")


async def test_a_cursor_of_another_list_or_of_nobody_is_400(
    client: AsyncClient, shelf: MemoryStore
) -> None:
    by_name = await client.get("/v1/products?limit=1&sort=name")
    cursor = by_name.json()["_links"]["next"]["href"].partition("cursor=")[2]
    for query in (f"sort=price&cursor={cursor}", "cursor=abc", "cursor=eyJzb3J0IjoibmFtZSJ9"):
        answer = await client.get(f"/v1/products?{query}")
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-cursor")


async def test_the_categories_are_a_tree(client: AsyncClient) -> None:
    body = (await client.get("/v1/categories")).json()
    roots = {root["slug"]: root for root in body["items"]}
    assert "mugs-and-cups" in {child["slug"] for child in roots["kitchen-and-dining"]["children"]}
    assert roots["more-gifts"]["name"] == "More gifts"


async def test_a_category_shows_the_way_to_it(client: AsyncClient) -> None:
    body = (await client.get("/v1/categories/candle-holders")).json()
    way = [step["slug"] for step in body["path"]]
    assert way == ["home", "candles-and-lighting", "candle-holders"]
    assert body["_links"]["products"] == {"href": "/v1/products?category=candle-holders"}


async def test_an_unknown_category_is_a_404_problem(client: AsyncClient) -> None:
    answer = await client.get("/v1/categories/no-such-category")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/category-not-found")


@pytest.mark.parametrize("slug", ["$ne", "%7B%22$gt%22%3A%22%22%7D", "a.b", "A", "a--b", "x" * 161])
async def test_a_slug_that_cannot_be_one_is_422(client: AsyncClient, slug: str) -> None:
    for path in (f"/v1/products/{slug}", f"/v1/categories/{slug}"):
        assert (await client.get(path)).status_code == 422


async def test_reads_come_from_the_cache_until_a_write_forgets_them(
    client: AsyncClient, shelf: MemoryStore, merchandiser: dict[str, str]
) -> None:
    first = await client.get("/v1/products/red-mug")
    await client.get("/v1/products")
    await shelf.record_availability([AvailabilityNews("10001", in_stock=True, sequence=1)])
    assert (await client.get("/v1/products/red-mug")).json() == first.json()
    price = await client.put(
        "/v1/products/blue-mug/variants/10002/price",
        json={"amount": 99, "currency": "GBP"},
        headers=merchandiser | {"If-Match": "*"},
    )
    assert price.status_code == 200
    blue = (await client.get("/v1/products/blue-mug")).json()
    assert blue["price_from"]["amount"] == 99
    listed = (await client.get("/v1/products")).json()["items"]
    assert {"amount": 99, "currency": "GBP"} in [product["price_from"] for product in listed]


async def test_reads_work_while_the_cache_is_down(
    client: AsyncClient, shelf: MemoryStore, cache: MemoryCache, merchandiser: dict[str, str]
) -> None:
    cache.down = True
    assert (await client.get("/v1/products/red-mug")).status_code == 200
    assert (await client.get("/v1/products")).status_code == 200
    assert (await client.delete("/v1/products/red-mug", headers=merchandiser)).status_code == 204
