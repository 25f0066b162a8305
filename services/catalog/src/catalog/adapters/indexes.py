"""The indexes of the collections of products and uploads. `bootstrap` sees to them at every start.

Every list begins with what is on offer, and its sort key with the id makes a keyset page one
walk along an index. Unique ones carry names, since a violation tells only the name.
"""

import asyncio
from collections.abc import Sequence

from catalog.adapters.lease import Lease
from catalog.adapters.mongo import Collection, Database, Index

PRODUCTS = "products"
UPLOADS = "uploads"
LEASES = "leases"

UNIQUE_SLUG = "unique_slug"
UNIQUE_CODE = "unique_code"
UNIQUE_SKU = "unique_sku"
UNIQUE_CREATION = "unique_creation"

_PATIENCE_SECONDS = 0.1

INDEXES = (
    Index(UNIQUE_SLUG, ("slug",), unique=True),
    Index(UNIQUE_CODE, ("code",), unique=True),
    # Over all variants of all products; that one product has a SKU only once is the domain's care.
    Index(UNIQUE_SKU, ("variants.sku",), unique=True),
    # What was imported has no key, and sparse leaves it out. A partial index would too, but
    # mongo-java-server takes no notice of its condition.
    Index(UNIQUE_CREATION, ("creation.key",), unique=True, sparse=True),
    Index("by_name", ("withdrawn", "name_key", "_id")),
    Index("by_price", ("withdrawn", "price_from", "_id")),
    Index("by_category_and_name", ("withdrawn", "categories", "name_key", "_id")),
    Index("by_category_and_price", ("withdrawn", "categories", "price_from", "_id")),
    Index("by_word", ("words",)),
    Index("by_waiting_event", ("outbox.at",), sparse=True),
    Index("by_rendition", ("pictures.renditions.name",), sparse=True),
)
UPLOAD_INDEXES = (
    Index(UNIQUE_CREATION, ("creation.key",), unique=True),
    Index("by_status_and_time", ("status", "told_at")),
    Index("by_status_and_end", ("status", "expires_at")),
)


async def reconcile_indexes(database: Database) -> None:
    """Makes the indexes those that are listed here, whatever an older version left behind.

    One process at a time does it, so that none drops what another has just made.
    """
    lease = Lease(database.collection(LEASES), "indexes")
    while not await lease.acquire():  # noqa: ASYNC110  Another process gives it up, not this one.
        await asyncio.sleep(_PATIENCE_SECONDS)
    try:
        await _reconcile(database.collection(PRODUCTS), INDEXES)
        await _reconcile(database.collection(UPLOADS), UPLOAD_INDEXES)
    finally:
        await lease.release()


async def _reconcile(collection: Collection, indexes: Sequence[Index]) -> None:
    for found in await collection.indexes():
        if any(_stands_in_the_way(found, wanted) for wanted in indexes):
            await collection.drop_index(found.name)
    await collection.create_indexes(indexes)


def _stands_in_the_way(found: Index, wanted: Index) -> bool:
    """MongoDB refuses an index whose name or whose fields another one has."""
    return found != wanted and (found.name == wanted.name or found.fields == wanted.fields)
