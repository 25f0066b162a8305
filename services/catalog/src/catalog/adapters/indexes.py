"""The indexes of the products' collection. `bootstrap` creates them at every start.

Every list begins with what is on offer, and its sort key with the id makes a keyset page one
walk along an index. Unique ones carry names, since a violation tells only the name.
"""

from catalog.adapters.mongo import Collection, index

PRODUCTS = "products"
LEASES = "leases"

UNIQUE_SLUG = "unique_slug"
UNIQUE_CODE = "unique_code"
UNIQUE_SKU = "unique_sku"
UNIQUE_CREATION = "unique_creation"

INDEXES = (
    index(UNIQUE_SLUG, "slug", unique=True),
    index(UNIQUE_CODE, "code", unique=True),
    # Over all variants of all products; that one product has a SKU only once is the domain's care.
    index(UNIQUE_SKU, "variants.sku", unique=True),
    # What was imported has no key, and sparse leaves it out. A partial index would too, but
    # mongo-java-server takes no notice of its condition.
    index(UNIQUE_CREATION, "creation.key", unique=True, sparse=True),
    index("by_name", "withdrawn", "name_key", "_id"),
    index("by_price", "withdrawn", "price_from", "_id"),
    index("by_category_and_name", "withdrawn", "categories", "name_key", "_id"),
    index("by_category_and_price", "withdrawn", "categories", "price_from", "_id"),
    index("by_word", "words"),
    index("by_waiting_event", "outbox.at", sparse=True),
)


async def create_indexes(products: Collection) -> None:
    """Creates what is missing; what is there stays as it is."""
    await products.create_indexes(INDEXES)
