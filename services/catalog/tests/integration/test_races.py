"""Several writers at once on the real document server: one outcome, and nothing lost."""

import asyncio
import json

import pytest

from catalog.adapters.indexes import PRODUCTS
from catalog.adapters.mongo import Database
from catalog.adapters.product_repository import MongoProducts
from catalog.application.change_price import ChangePrice, change_price
from catalog.application.create_product import CreateProduct, create_product
from catalog.application.import_products import ImportedProduct, import_products
from catalog.application.shop import Shop
from catalog.domain.errors import CodeTaken, StaleProduct
from catalog.domain.events import Variant
from catalog.domain.money import Money
from catalog.domain.placement import Taxonomy
from catalog.domain.ports import AvailabilityNews
from catalog.domain.product import Product
from catalog.testing import MemoryCache
from chassis.idempotency import IdempotencyKey

WRITERS = 8


@pytest.fixture
def real_shop(mongo_products: MongoProducts, taxonomy: Taxonomy) -> Shop:
    return Shop(mongo_products, taxonomy, "GBP", MemoryCache())


def creation(code: str, key: str) -> CreateProduct:
    return CreateProduct(
        code=code,
        name="RED MUG",
        description=None,
        category=None,
        variants=(Variant(f"{code}A", "RED MUG", Money(100, "GBP")),),
        key=IdempotencyKey("sub:1 POST /v1/products", key, "f"),
    )


async def outbox(database: Database) -> list[tuple[str, int]]:
    """(type, sequence) of every waiting event, product by product."""
    documents = await database.collection(PRODUCTS).find({}, fields=["outbox"])
    envelopes = [json.loads(entry["value"]) for d in documents for entry in d["outbox"]]
    return [(envelope["type"], envelope["sequence"]) for envelope in envelopes]


async def test_one_key_sent_many_times_at_once_makes_one_product(
    real_shop: Shop, database: Database
) -> None:
    attempts = (create_product(creation("10001", "k"), real_shop) for _ in range(WRITERS))
    products = await asyncio.gather(*attempts)
    assert len({product.id for product in products}) == 1
    assert await outbox(database) == [("catalog.product_created.v1", 1)]


async def test_products_of_one_name_made_at_once_get_slugs_of_their_own(real_shop: Shop) -> None:
    codes = [f"{10001 + n}" for n in range(WRITERS)]
    made = await asyncio.gather(
        *(create_product(creation(code, code), real_shop) for code in codes)
    )
    slugs = {product.slug for product in made}
    assert len(slugs) == WRITERS
    assert "red-mug" in slugs


async def test_one_code_wanted_by_many_goes_to_one(real_shop: Shop, database: Database) -> None:
    attempts = (create_product(creation("10001", f"k{n}"), real_shop) for n in range(WRITERS))
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(result, Product) for result in results) == 1
    assert sum(isinstance(result, CodeTaken) for result in results) == WRITERS - 1
    assert len(await outbox(database)) == 1


async def test_of_many_prices_for_one_version_one_wins_and_its_event_is_there(
    real_shop: Shop, database: Database
) -> None:
    product = await create_product(creation("10001", "k"), real_shop)

    def first_version(found: Product) -> bool:
        return found.version == 1

    prices = [Money(200 + n, "GBP") for n in range(WRITERS)]
    attempts = (
        change_price(ChangePrice(product.slug, "10001A", price, first_version), real_shop)
        for price in prices
    )
    results = await asyncio.gather(*attempts, return_exceptions=True)
    won = [result for result in results if isinstance(result, Product)]
    assert len(won) == 1
    assert sum(isinstance(result, StaleProduct) for result in results) == WRITERS - 1
    found = await real_shop.products.by_slug(product.slug)
    assert found is not None
    assert found.content == won[0].content
    kinds = ["catalog.product_created.v1", "catalog.price_changed.v1"]
    assert await outbox(database) == list(zip(kinds, (1, 2), strict=True))


async def test_a_price_and_the_stock_change_at_once_without_losing_either(
    real_shop: Shop, mongo_products: MongoProducts
) -> None:
    product = await create_product(creation("10001", "k"), real_shop)

    def any_version(_found: Product) -> bool:
        return True

    news = [AvailabilityNews("10001A", in_stock=True, sequence=n) for n in range(1, 10)]
    price = Money(250, "GBP")
    await asyncio.gather(
        *(mongo_products.record_availability([item]) for item in news),
        change_price(ChangePrice(product.slug, "10001A", price, any_version), real_shop),
    )
    found = await mongo_products.by_slug(product.slug)
    assert found is not None
    assert found.content.variants[0].price == price
    assert found.availability.in_stock == {"10001A"}


async def test_of_twins_that_import_one_file_at_once_each_counts_what_it_made(
    real_shop: Shop,
) -> None:
    batch = [
        ImportedProduct(str(code), "RED MUG", (Variant(f"{code}A", "RED MUG", Money(100, "GBP")),))
        for code in range(10001, 10021)
    ]
    results = await asyncio.gather(*(import_products(batch, real_shop) for _ in range(4)))
    assert sum(result.created for result in results) == len(batch)
    assert all(result.unchanged == len(batch) - result.created for result in results)
