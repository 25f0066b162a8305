"""Products in MongoDB: implements `domain/ports.py` with one document and one write a product.

A change goes to the document under the condition of the version that was read, and carries the
new events into the document's outbox; so state and events are written together or not at all,
without a transaction over several documents (docs/adr/0006).
"""

import asyncio
from collections.abc import Collection as Some
from collections.abc import Sequence

from pymongo.errors import BulkWriteError, DuplicateKeyError, NetworkTimeout

from catalog.adapters import indexes
from catalog.adapters.documents import PRODUCT_FIELDS, fields_of, product_from, stock_word
from catalog.adapters.mongo import Collection, Document, Filter, InsertOne, UpdateOne, Write
from catalog.adapters.outbox import waiting_events
from catalog.domain.categories import CategoryTree
from catalog.domain.content import code_of
from catalog.domain.errors import (
    CatalogError,
    CodeTaken,
    ConcurrentChange,
    SkuTaken,
    SlugTaken,
)
from catalog.domain.ports import AlreadyCreated, AvailabilityNews, CreationKey
from catalog.domain.product import Product

_DUPLICATE = 11000
# A batch of the consumer.
_MOST_AT_ONCE = 200


class MongoProducts:
    """`wake` is set after each write, so that the relay in this process need not wait."""

    def __init__(self, products: Collection, tree: CategoryTree, wake: asyncio.Event) -> None:
        self._products = products
        self._tree = tree
        self._wake = wake
        self._at_once = _MOST_AT_ONCE

    async def add(self, product: Product, key: CreationKey) -> None:
        """Inserts the document with its key and its first event."""
        try:
            creation = {"key": key.name, "fingerprint": key.fingerprint}
            await self._products.insert(self._new_document(product) | {"creation": creation})
        except DuplicateKeyError as error:
            raise await self._taken(product, key, error) from None
        self._written([product])

    async def created_under(self, key: CreationKey) -> AlreadyCreated | None:
        """Looks the key up among the documents."""
        fields = [*PRODUCT_FIELDS, "creation"]
        document = await self._products.find_one({"creation.key": key.name}, fields)
        if document is None:
            return None
        return AlreadyCreated(product_from(document), document["creation"]["fingerprint"])

    async def by_slug(self, slug: str) -> Product | None:
        """Reads one document."""
        document = await self._products.find_one({"slug": slug}, PRODUCT_FIELDS)
        return product_from(document) if document else None

    async def by_codes(self, codes: Some[str]) -> list[Product]:
        """Reads many documents at once."""
        where = {"code": {"$in": list(codes)}}
        documents = await self._products.find(where, fields=PRODUCT_FIELDS)
        return [product_from(document) for document in documents]

    async def taken_slugs(self, slugs: Some[str]) -> set[str]:
        """Reads the slugs only."""
        where = {"slug": {"$in": list(slugs)}}
        return {document["slug"] for document in await self._products.find(where, fields=["slug"])}

    async def save(self, product: Product) -> None:
        """Updates the document under the condition of the version that was read."""
        if not product.new_events:
            return
        try:
            done = await self._products.update(_as_read(product), self._change(product))
        except DuplicateKeyError:
            raise SkuTaken(list(product.content.skus)) from None
        if not done:
            raise ConcurrentChange
        self._written([product])

    async def save_all(self, new: Sequence[Product], changed: Sequence[Product]) -> None:
        """Writes all in one round trip, in no order."""
        writes: list[Write] = [InsertOne(self._new_document(product)) for product in new]
        writes += [UpdateOne(_as_read(product), self._change(product)) for product in changed]
        if not writes:
            return
        try:
            matched = await self._products.write_all(writes)
        except BulkWriteError as error:
            self._wake.set()
            if any(failure["code"] != _DUPLICATE for failure in error.details["writeErrors"]):
                raise
            raise ConcurrentChange from None
        self._written([*new, *changed])
        if matched != len(changed):
            raise ConcurrentChange

    async def record_availability(self, news: Sequence[AvailabilityNews]) -> set[str]:
        """Writes each word only where it is later than the one known: that is the inbox."""
        if not news:
            return set()
        await self._write_in_parts([_availability_update(item) for item in news])
        where = {"code": {"$in": sorted({code_of(item.sku) for item in news})}}
        return {document["slug"] for document in await self._products.find(where, fields=["slug"])}

    async def _write_in_parts(self, updates: Sequence[Write]) -> None:
        """Halves what it sends at once while the server does not answer in time, and grows slowly
        again; so a starved server gets ahead. Raises NetworkTimeout when one alone is too many.
        """
        done = 0
        while done < len(updates):
            part = updates[done : done + self._at_once]
            try:
                await self._products.write_all(part)
            except NetworkTimeout:
                if len(part) == 1:
                    raise
                self._at_once = len(part) // 2
            else:
                done += len(part)
        self._at_once = min(self._at_once * 2, _MOST_AT_ONCE)

    def _new_document(self, product: Product) -> Document:
        return {
            "_id": str(product.id),
            **fields_of(product, self._tree),
            "stock": {},
            "outbox": waiting_events(product.new_events),
        }

    def _change(self, product: Product) -> Document:
        events = waiting_events(product.new_events)
        return {
            "$set": fields_of(product, self._tree),
            "$push": {"outbox": {"$each": events}},
        }

    def _written(self, products: Sequence[Product]) -> None:
        for product in products:
            product.new_events.clear()
        self._wake.set()

    async def _taken(
        self, product: Product, key: CreationKey, error: DuplicateKeyError
    ) -> CatalogError | AlreadyCreated:
        """Returns what the violated index stands for."""
        if (earlier := await self.created_under(key)) is not None:
            return earlier
        violated = str(error)
        if indexes.UNIQUE_SLUG in violated:
            return SlugTaken(product.slug)
        if indexes.UNIQUE_SKU in violated:
            return SkuTaken(list(product.content.skus))
        return CodeTaken(product.code)


def _as_read(product: Product) -> Filter:
    return {"_id": str(product.id), "version": product.stored_version}


def _availability_update(item: AvailabilityNews) -> UpdateOne:
    """The larger word is the later one, so `$max` is both the condition and the effect.

    It is kept for a variant too that the product does not have now and may have again.
    """
    word = stock_word(item.sequence, in_stock=item.in_stock)
    return UpdateOne({"code": code_of(item.sku)}, {"$max": {f"stock.{item.sku}": word}})
