"""What the use cases need of a store of products. `adapters/product_repository.py` is the one.

One suite (tests/integration/test_product_store.py) runs over the real store and over the fake
in `testing.py`, so that unit tests may trust the fake.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from catalog.domain.product import Product


@dataclass(frozen=True, slots=True)
class CreationKey:
    """A client's idempotency key: `name` says whose and which, `fingerprint` for what request."""

    name: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class AvailabilityNews:
    """What inventory said about one SKU; `sequence` rises with each word about that SKU."""

    sku: str
    in_stock: bool
    sequence: int


class AlreadyCreated(Exception):
    """A product was created under this key before: `product`, by the request `fingerprint`."""

    def __init__(self, product: Product, fingerprint: str) -> None:
        super().__init__(f"the key made the product {product.slug!r} before")
        self.product = product
        self.fingerprint = fingerprint


class Products(Protocol):
    """Products, each written whole with its new events, or not at all."""

    async def add(self, product: Product, key: CreationKey) -> None:
        """Stores a new product and, with it, the key that made it.

        Raises AlreadyCreated, CodeTaken, SkuTaken or SlugTaken, and has then stored nothing.
        """

    async def created_under(self, key: CreationKey) -> AlreadyCreated | None:
        """Returns what an earlier request made under the key."""

    async def by_slug(self, slug: str) -> Product | None:
        """Returns the product, withdrawn or not."""

    async def by_codes(self, codes: Collection[str]) -> list[Product]:
        """Returns those of the products that exist, withdrawn or not."""

    async def taken_slugs(self, slugs: Collection[str]) -> set[str]:
        """Returns those of the slugs that some product has."""

    async def save(self, product: Product) -> None:
        """Stores a changed product; does nothing where there are no new events.

        Raises ConcurrentChange when the stored version is another, SkuTaken when another
        product has one of the SKUs.
        """

    async def save_all(self, new: Sequence[Product], changed: Sequence[Product]) -> None:
        """Stores many products at once, each of them whole or not at all.

        Raises ConcurrentChange when some could not be stored; the others then are.
        """


class AvailabilityStore(Protocol):
    """What inventory says is in stock, kept beside the products."""

    async def record_availability(self, news: Sequence[AvailabilityNews]) -> set[str]:
        """Takes in the news, of which one that is older than what is known changes nothing.

        Returns the slugs of all products that have these SKUs, or may have them again.
        """
