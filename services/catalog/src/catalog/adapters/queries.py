"""The catalogue's views, straight from the documents. Implements `application/queries.py`.

Filters are built here from checked values alone; no regular expression is ever sent. A page
takes one more document than it shows, to know whether there are others.
"""

from collections.abc import Collection as Some
from collections.abc import Sequence
from typing import Any

from catalog.adapters.documents import PRODUCT_FIELDS, view_from
from catalog.adapters.mongo import Collection
from catalog.application.queries import (
    Position,
    ProductPage,
    ProductQuery,
    ProductView,
    Sort,
    sort_position,
)
from catalog.domain.words import SearchTerms

SORTS: dict[Sort, tuple[str, int]] = {
    Sort.NAME: ("name_key", 1),
    Sort.NAME_DESCENDING: ("name_key", -1),
    Sort.PRICE: ("price_from", 1),
    Sort.PRICE_DESCENDING: ("price_from", -1),
    # A UUIDv7 begins with its time, so the id alone tells which is newer.
    Sort.NEWEST: ("_id", -1),
}


class MongoReads:
    """Views of the products' collection."""

    def __init__(self, products: Collection) -> None:
        self._products = products

    async def page(self, query: ProductQuery) -> ProductPage:
        """Returns one page; the position after which there are more is that of its last item."""
        field, direction = SORTS[query.sort]
        sort = [(field, direction)] if field == "_id" else [(field, direction), ("_id", direction)]
        documents = await self._products.find(
            page_filter(query), fields=PRODUCT_FIELDS, sort=sort, limit=query.limit + 1
        )
        items = tuple(view_from(document) for document in documents[: query.limit])
        more = len(documents) > query.limit
        return ProductPage(items, sort_position(items[-1], query.sort) if more else None)

    async def views(self, ids: Sequence[str]) -> list[ProductView]:
        """Returns those of the products that are on offer, in the order of `ids`."""
        where = {"_id": {"$in": list(ids)}}
        found = await self._products.find(where, fields=PRODUCT_FIELDS)
        on_offer = {each["_id"]: view_from(each) for each in found if not each["withdrawn"]}
        return [on_offer[identity] for identity in ids if identity in on_offer]

    async def view(self, slug: str) -> ProductView | None:
        """Returns one product by the unique index on its slug."""
        document = await self._products.find_one({"slug": slug}, PRODUCT_FIELDS)
        return view_from(document) if document else None

    async def slugs_of(self, ids: Some[str]) -> set[str]:
        """Returns the slugs of these ids."""
        found = await self._products.find({"_id": {"$in": list(ids)}}, fields=["slug"])
        return {document["slug"] for document in found}


def page_filter(query: ProductQuery) -> dict[str, Any]:
    """Returns the filter of a page, each of whose conditions an index can serve."""
    conditions: list[dict[str, Any]] = [{"withdrawn": False}]
    if query.category is not None:
        conditions.append({"categories": query.category})
    if query.min_price is not None:
        conditions.append({"price_from": {"$gte": query.min_price}})
    if query.max_price is not None:
        conditions.append({"price_from": {"$lte": query.max_price}})
    if query.terms is not None:
        conditions += _found_by(query.terms)
    if query.after is not None:
        conditions.append(_beyond(query.after, query.sort))
    return {"$and": conditions}


def _found_by(terms: SearchTerms) -> list[dict[str, Any]]:
    """All whole words, and a word that begins with the last: a range, so the index serves it."""
    end = terms.begun[:-1] + chr(ord(terms.begun[-1]) + 1)
    begun = {"words": {"$elemMatch": {"$gte": terms.begun, "$lt": end}}}
    return [*({"words": word} for word in terms.whole), begun]


def _beyond(position: Position, sort: Sort) -> dict[str, Any]:
    field, direction = SORTS[sort]
    operator = "$gt" if direction > 0 else "$lt"
    beyond_id = {"_id": {operator: position.id}}
    if field == "_id":
        return beyond_id
    same_key = {field: position.key, **beyond_id}
    return {"$or": [{field: {operator: position.key}}, same_key]}
