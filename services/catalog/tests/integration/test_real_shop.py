"""December of the real shop in the real document server: fast, repeatable, found again."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest_asyncio
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from catalog.adapters.indexes import PRODUCTS
from catalog.adapters.mongo import Database
from catalog.adapters.product_repository import MongoProducts
from catalog.adapters.queries import MongoReads, page_filter
from catalog.application.import_products import ImportedProduct, ImportResult, import_products
from catalog.application.queries import ProductQuery, Sort
from catalog.application.shop import Shop
from catalog.domain.placement import Taxonomy
from catalog.domain.words import search_terms
from catalog.testing import MemoryCache
from native.testing import Engines

# Generous: on two idle cores it takes about five.
SECONDS = 90


@pytest_asyncio.fixture
async def real_shop(mongo_products: MongoProducts, taxonomy: Taxonomy) -> AsyncIterator[Shop]:
    """A shop over the real store."""
    yield Shop(mongo_products, taxonomy, "GBP", MemoryCache())


async def take_in(shop: Shop, products: tuple[ImportedProduct, ...]) -> ImportResult:
    """Sends all products in batches of 200, as `./souk import` does."""
    total: Counter[str] = Counter()
    for start in range(0, len(products), 200):
        result = await import_products(products[start : start + 200], shop)
        total += Counter(created=result.created, changed=result.changed, unchanged=result.unchanged)
    return ImportResult(total["created"], total["changed"], total["unchanged"])


async def test_the_whole_month_is_taken_in_once_and_found_again(
    real_shop: Shop, database: Database, december: tuple[ImportedProduct, ...]
) -> None:
    started = time.monotonic()
    assert await take_in(real_shop, december) == ImportResult(2370, 0, 0)
    assert time.monotonic() - started < SECONDS
    assert await take_in(real_shop, december) == ImportResult(0, 0, 2370)

    collection = database.collection(PRODUCTS)
    assert await collection.count({}) == 2370
    documents = await collection.find({}, fields=["slug", "variants"])
    assert len({document["slug"] for document in documents}) == 2370
    assert sum(len(document["variants"]) for document in documents) == 2719

    reads = MongoReads(collection)
    heart = await reads.view("white-hanging-heart-t-light-holder")
    assert heart is not None
    assert [variant.sku for variant in heart.variants] == ["85123A"]
    assert heart.category == "candle-holders"
    await shows_every_product_once(reads)
    found = await reads.page(ProductQuery(terms=search_terms("white hanging hear")))
    assert heart.slug in {product.slug for product in found.items}


async def shows_every_product_once(reads: MongoReads) -> None:
    """Follows a list by price from its first page to its last."""
    seen: list[str] = []
    prices: list[int] = []
    page = await reads.page(ProductQuery(sort=Sort.PRICE, limit=100))
    while True:
        seen += [product.id for product in page.items]
        prices += [product.price_from.amount for product in page.items]
        if page.next is None:
            break
        query = ProductQuery(sort=Sort.PRICE, limit=100, after=page.next)
        page = await reads.page(query)
    assert len(seen) == len(set(seen)) == 2370
    assert prices == sorted(prices)


async def test_two_imports_at_once_end_as_one(
    real_shop: Shop, database: Database, december: tuple[ImportedProduct, ...]
) -> None:
    some = december[:120]
    results = await asyncio.gather(*(take_in(real_shop, some) for _ in range(3)))
    assert all(sum((r.created, r.changed, r.unchanged)) == 120 for r in results)
    collection = database.collection(PRODUCTS)
    assert await collection.count({}) == 120
    documents = await collection.find({}, fields=["version", "outbox"])
    assert {document["version"] for document in documents} == {1}
    assert {len(document["outbox"]) for document in documents} == {1}


async def test_a_search_is_served_by_the_index_of_words(
    engines: Engines, database: Database, mongo_products: MongoProducts
) -> None:
    """mongo-java-server explains no plan; there only the filter and the index can be seen."""
    where = page_filter(ProductQuery(terms=search_terms("red mug hea")))
    assert "$regex" not in str(where)
    assert "by_word" in [index.name for index in await database.collection(PRODUCTS).indexes()]
    client: MongoClient[dict[str, Any]] = MongoClient(engines.mongo_url)
    with client, suppress(OperationFailure):
        find = {"find": PRODUCTS, "filter": where}
        plan = client[database.name].command("explain", find, verbosity="queryPlanner")
        assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
