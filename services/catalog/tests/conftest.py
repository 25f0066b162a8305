"""What the catalogue's tests share: products, a shop of fakes, and real servers where asked for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient

from catalog.adapters.category_file import load_taxonomy
from catalog.adapters.indexes import PRODUCTS, reconcile_indexes
from catalog.adapters.mongo import Database
from catalog.adapters.product_repository import MongoProducts
from catalog.adapters.queries import MongoReads
from catalog.api.dependencies import Services
from catalog.application.import_products import ImportedProduct
from catalog.application.picture_desk import PictureDesk
from catalog.application.shop import Shop
from catalog.bootstrap import application
from catalog.domain.events import Variant
from catalog.domain.money import Money
from catalog.domain.placement import Taxonomy
from catalog.settings import CatalogSettings
from catalog.testing import MemoryCache, MemoryStore, Stores
from catalog.testing_media import MemoryMedia, memory_desk
from chassis.testing import TokenMint
from native.shop.reader import read_shop
from native.testing import Engines

DECEMBER = Path(__file__).parents[3] / "data/online-retail/online-retail-2010-12.csv.gz"


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    """The real categories and rules."""
    return load_taxonomy()


@pytest.fixture
def store(taxonomy: Taxonomy) -> MemoryStore:
    """An empty fake store."""
    return MemoryStore(taxonomy.tree)


@pytest.fixture
def cache() -> MemoryCache:
    """An empty fake cache."""
    return MemoryCache()


@pytest.fixture
def shop(store: MemoryStore, taxonomy: Taxonomy, cache: MemoryCache) -> Shop:
    """What use cases work with, made of fakes."""
    return Shop(store, taxonomy, "GBP", cache)


@pytest.fixture
def desk(store: MemoryStore) -> PictureDesk:
    """What the use cases of pictures work with, made of fakes."""
    return memory_desk(store)


@pytest.fixture
def media(desk: PictureDesk) -> MemoryMedia:
    """The fake store of bytes behind the desk."""
    assert isinstance(desk.media, MemoryMedia)
    return desk.media


@pytest_asyncio.fixture
async def database(engines: Engines) -> AsyncIterator[Database]:
    """A database of its own on the real document server, with the catalogue's indexes."""
    fresh = Database(engines.mongo_url, f"test_catalog_{uuid4().hex[:12]}")
    await reconcile_indexes(fresh)
    yield fresh
    await fresh.drop()
    fresh.close()


@pytest.fixture
def wake() -> asyncio.Event:
    """What wakes the relay."""
    return asyncio.Event()


@pytest.fixture
def mongo_products(database: Database, taxonomy: Taxonomy, wake: asyncio.Event) -> MongoProducts:
    """The real store."""
    return MongoProducts(database.collection(PRODUCTS), taxonomy.tree, wake)


@pytest.fixture(params=["memory", "mongo"])
def stores(
    request: pytest.FixtureRequest,
    store: MemoryStore,
    mongo_products: MongoProducts,
    database: Database,
) -> Stores:
    """The fake and the real store in turn."""
    if request.param == "memory":
        return Stores(store, store, store)
    return Stores(mongo_products, mongo_products, MongoReads(database.collection(PRODUCTS)))


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    """Makes tokens that the API under test accepts."""
    return TokenMint()


@pytest.fixture
def merchandiser(mint: TokenMint) -> dict[str, str]:
    """The header of somebody who may write."""
    return mint.headers(subject="merchandiser", scopes={"catalog:write"})


@pytest_asyncio.fixture
async def client(
    shop: Shop, store: MemoryStore, mint: TokenMint, desk: PictureDesk, media: MemoryMedia
) -> AsyncIterator[AsyncClient]:
    """The API over fakes."""
    settings = CatalogSettings(environment="test")
    app = application(settings, Services(shop, store, desk, media), verifier=mint.verifier)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://catalog") as http:
        yield http


@pytest.fixture(scope="session")
def december() -> tuple[ImportedProduct, ...]:
    """The products of the real shop's December, by the reading rules that every tool shares."""
    return tuple(
        ImportedProduct(
            product.code,
            product.name,
            tuple(Variant(v.sku, v.name, Money(v.price, "GBP")) for v in product.variants),
        )
        for product in read_shop(DECEMBER).products
    )
