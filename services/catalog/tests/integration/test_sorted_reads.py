"""Pages by name and price from the kept order: the server's own, and as fresh as the lists."""

from collections.abc import Sequence
from typing import Any

import pytest

from catalog.adapters.indexes import PRODUCTS
from catalog.adapters.mongo import Collection, Database, Document, Filter, Keys
from catalog.adapters.product_repository import MongoProducts
from catalog.adapters.queries import MongoReads
from catalog.adapters.sorted_reads import SortedReads
from catalog.application.queries import CatalogueReads, ProductQuery, Sort
from catalog.application.read_cache import LISTS
from catalog.domain.money import Money
from catalog.domain.product import Product
from catalog.testing import MemoryCache, make_product

BY_KEY = [sort for sort in Sort if sort is not Sort.NEWEST]


class Watched(Collection):
    """The real collection, which notes every question."""

    def __init__(self, inner: Collection) -> None:
        super().__init__(vars(inner)["_collection"])
        self.asked: list[Filter] = []

    async def find(
        self,
        where: Filter,
        *,
        fields: Sequence[str] | None = None,
        sort: Keys = (),
        limit: int = 0,
    ) -> list[Document]:
        self.asked.append(where)
        return await super().find(where, fields=fields, sort=sort, limit=limit)


@pytest.fixture
def watched(database: Database) -> Watched:
    """The products' collection."""
    return Watched(database.collection(PRODUCTS))


@pytest.fixture
def reads(watched: Watched, cache: MemoryCache) -> SortedReads:
    """The reads under test."""
    return SortedReads(watched, cache)


@pytest.fixture
async def twenty(mongo_products: MongoProducts) -> list[Product]:
    """Products of few names and prices, so that many are equal; one is withdrawn."""
    made = []
    for number in range(20):
        code = str(10001 + number)
        name, price = f"{'ABC'[number % 3]} MUG", 100 + number % 4
        made.append(make_product(code, slug=f"s{code}", name=name, prices={f"{code}A": price}))
    await mongo_products.save_all(made, [])
    made[7].withdraw()
    await mongo_products.save_all([], [made[7]])
    return made


async def walk(reads: CatalogueReads, sort: Sort, limit: int = 6, **filters: Any) -> list[str]:
    found, after = [], None
    while True:
        page = await reads.page(ProductQuery(sort=sort, after=after, limit=limit, **filters))
        found += [product.slug for product in page.items]
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("limit", [1, 6, 19, 100])
async def test_pages_are_those_of_the_server(
    reads: SortedReads, watched: Watched, twenty: list[Product], sort: Sort, limit: int
) -> None:
    found = await walk(reads, sort, limit)
    assert found == await walk(MongoReads(watched), sort, limit)
    assert len(set(found)) == len(twenty) - 1


@pytest.mark.parametrize("sort", BY_KEY)
async def test_a_page_of_a_known_order_asks_for_its_ids_alone(
    reads: SortedReads, watched: Watched, twenty: list[Product], sort: Sort
) -> None:
    await walk(reads, sort)
    watched.asked.clear()
    page = await reads.page(ProductQuery(sort=sort, limit=3))
    assert watched.asked == [{"_id": {"$in": [product.id for product in page.items]}}]


async def test_an_order_ends_with_the_epoch_of_the_lists(
    reads: SortedReads, cache: MemoryCache, mongo_products: MongoProducts, twenty: list[Product]
) -> None:
    await walk(reads, Sort.PRICE)
    twenty[5].set_price(f"{twenty[5].code}A", Money(1, "GBP"))
    await mongo_products.save(twenty[5])
    await cache.forget([LISTS])
    assert (await walk(reads, Sort.PRICE))[0] == twenty[5].slug


async def test_what_was_withdrawn_since_is_not_shown_and_ends_no_list(
    reads: SortedReads, mongo_products: MongoProducts, twenty: list[Product]
) -> None:
    before = await walk(reads, Sort.NAME)
    twenty[3].withdraw()
    await mongo_products.save(twenty[3])
    assert await walk(reads, Sort.NAME, limit=1) == [s for s in before if s != twenty[3].slug]


async def test_filters_and_a_cache_that_is_down_are_left_to_the_server(
    reads: SortedReads, cache: MemoryCache, watched: Watched, twenty: list[Product]
) -> None:
    cheap = await walk(reads, Sort.PRICE, max_price=101)
    assert cheap == await walk(MongoReads(watched), Sort.PRICE, max_price=101)
    cache.down = True
    assert await walk(reads, Sort.PRICE) == await walk(MongoReads(watched), Sort.PRICE)


async def test_an_empty_shop_has_an_empty_page(reads: SortedReads) -> None:
    assert [await walk(reads, sort) for sort in Sort] == [[]] * len(Sort)
