"""Availability while the document server is too slow for a whole batch within the time limit."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pymongo.errors import NetworkTimeout

from catalog.adapters.indexes import PRODUCTS
from catalog.adapters.mongo import Collection, Database, Write
from catalog.adapters.product_repository import MongoProducts
from catalog.domain.placement import Taxonomy
from catalog.domain.ports import AvailabilityNews, CreationKey
from catalog.testing import make_product

SKUS = [f"{number}A" for number in range(10001, 10021)]
NEWS = [AvailabilityNews(sku, in_stock=True, sequence=1) for sku in SKUS]


class Starved(Collection):
    """The real collection, from which more than `manages` writes at once get no answer in time."""

    def __init__(self, inner: Collection, manages: int) -> None:
        super().__init__(vars(inner)["_collection"])
        self.manages = manages
        self.sizes: list[int] = []

    async def write_all(self, writes: Sequence[Write]) -> int:
        self.sizes.append(len(writes))
        if len(writes) > self.manages:
            raise NetworkTimeout("timed out")
        return await super().write_all(writes)


async def starved(
    database: Database, taxonomy: Taxonomy, manages: int
) -> tuple[MongoProducts, Starved]:
    collection = Starved(database.collection(PRODUCTS), manages)
    products = MongoProducts(collection, taxonomy.tree, asyncio.Event())
    for sku in SKUS:
        product = make_product(sku[:5], slug=f"s{sku[:5]}", prices={sku: 1})
        await products.add(product, CreationKey(sku, ""))
    return products, collection


async def in_stock(database: Database) -> list[Any]:
    found = await database.collection(PRODUCTS).find({}, fields=["stock"])
    return [document["stock"] for document in found if document["stock"]]


async def test_a_batch_that_is_too_much_is_taken_in_parts(
    database: Database, taxonomy: Taxonomy
) -> None:
    products, collection = await starved(database, taxonomy, manages=6)
    slugs = await products.record_availability(NEWS)
    assert len(slugs) == len(SKUS)
    assert len(await in_stock(database)) == len(SKUS)
    assert collection.sizes == [20, 10, 5, 5, 5, 5]


async def test_the_next_batch_begins_small_and_grows_again(
    database: Database, taxonomy: Taxonomy
) -> None:
    products, collection = await starved(database, taxonomy, manages=6)
    await products.record_availability(NEWS)
    collection.manages = 1000
    collection.sizes.clear()
    for _ in range(3):
        await products.record_availability(NEWS)
    assert collection.sizes == [10, 10, 20, 20]


async def test_a_server_that_takes_none_is_an_outage(
    database: Database, taxonomy: Taxonomy
) -> None:
    products, collection = await starved(database, taxonomy, manages=0)
    with pytest.raises(NetworkTimeout):
        await products.record_availability(NEWS)
    assert collection.sizes == [20, 10, 5, 2, 1]
