"""The indexes at a start: over old data, over none, and by two processes at once."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from pymongo.errors import DuplicateKeyError, OperationFailure

from catalog.adapters.indexes import (
    INDEXES,
    LEASES,
    PRODUCTS,
    UNIQUE_CREATION,
    UNIQUE_SLUG,
    reconcile_indexes,
)
from catalog.adapters.lease import Lease
from catalog.adapters.mongo import Collection, Database, Index
from native.testing import Engines

OLD = (
    Index(UNIQUE_SLUG, ("slug",)),
    Index(UNIQUE_CREATION, ("creation.key",), unique=True),
    Index("slugs_of_old", ("code",), unique=True),
    Index("by_name", ("name_key",)),
    Index("of_an_operator", ("description",)),
)


@pytest_asyncio.fixture
async def bare(engines: Engines) -> AsyncIterator[Database]:
    """A database without any index."""
    fresh = Database(engines.mongo_url, f"test_catalog_{uuid4().hex[:12]}")
    yield fresh
    await fresh.drop()
    fresh.close()


@pytest_asyncio.fixture
async def aged(bare: Database) -> Database:
    """A database that an older version filled and indexed otherwise."""
    products = bare.collection(PRODUCTS)
    await products.create_indexes(OLD)
    for number in range(3):
        await products.insert(document(str(number)))
    return bare


def document(name: str) -> dict[str, object]:
    variants = [{"sku": name}]
    key = {"key": name}
    return {"_id": name, "slug": name, "code": name, "variants": variants, "creation": key}


async def names_of(products: Collection) -> set[str]:
    return {found.name for found in await products.indexes()}


async def test_what_stands_in_the_way_would_be_refused(aged: Database) -> None:
    with pytest.raises(OperationFailure, match="same name"):
        await aged.collection(PRODUCTS).create_indexes(INDEXES)


async def test_indexes_of_an_older_version_are_replaced_and_hold(aged: Database) -> None:
    await reconcile_indexes(aged)
    products = aged.collection(PRODUCTS)
    found = await products.indexes()
    assert set(INDEXES) <= set(found)
    assert {each.name for each in found} - {each.name for each in INDEXES} == {"of_an_operator"}
    with pytest.raises(DuplicateKeyError, match=UNIQUE_SLUG):
        await products.insert(document("4") | {"slug": "1"})


async def test_a_second_start_changes_nothing(aged: Database) -> None:
    await reconcile_indexes(aged)
    before = await aged.collection(PRODUCTS).indexes()
    await reconcile_indexes(aged)
    assert await aged.collection(PRODUCTS).indexes() == before


async def test_many_processes_may_start_at_once(aged: Database) -> None:
    async with asyncio.timeout(30):
        await asyncio.gather(*(reconcile_indexes(aged) for _ in range(4)))
    assert {each.name for each in INDEXES} <= await names_of(aged.collection(PRODUCTS))


async def test_a_process_waits_for_the_one_that_is_at_it(bare: Database) -> None:
    other = Lease(bare.collection(LEASES), "indexes")
    assert await other.acquire()
    start = asyncio.create_task(reconcile_indexes(bare))
    await asyncio.sleep(0.3)
    assert not start.done()
    assert await names_of(bare.collection(PRODUCTS)) == set()
    await other.release()
    async with asyncio.timeout(10):
        await start
    assert await names_of(bare.collection(PRODUCTS)) == {each.name for each in INDEXES}
