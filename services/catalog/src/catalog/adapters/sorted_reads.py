"""Pages by name or price without a sort in the server: the order of the ids is kept here.

mongo-java-server sorts all products for each page, which takes it tens of milliseconds; by their
ids it finds a page's products in a few. The order counts for one epoch of the lists, as a cached
answer does. `bootstrap` puts this before `MongoReads`, which does everything else.
"""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Collection as Some
from dataclasses import dataclass

from catalog.adapters.mongo import Collection
from catalog.adapters.queries import SORTS, MongoReads
from catalog.application.queries import Position, ProductPage, ProductQuery, ProductView, Sort
from catalog.application.read_cache import LISTS, ReadCache

Place = tuple[str | int, str]


@dataclass(frozen=True, slots=True)
class _Order:
    """The places of all products on offer, each a sort key and an id, as of one epoch."""

    epoch: str
    places: list[Place]


class SortedReads:
    """The reads of one process; without Redis, and so without an epoch, the server sorts."""

    def __init__(self, products: Collection, cache: ReadCache) -> None:
        self._products = products
        self._reads = MongoReads(products)
        self._cache = cache
        self._orders: dict[str, _Order] = {}
        self._making = asyncio.Lock()

    async def page(self, query: ProductQuery) -> ProductPage:
        """Returns one page: by ids where all products are sorted, and else from the server."""
        everything = ProductQuery(sort=query.sort, after=query.after, limit=query.limit)
        if query != everything or query.sort is Sort.NEWEST:
            return await self._reads.page(query)
        field, direction = SORTS[query.sort]
        order = await self._order(field)
        if order is None:
            return await self._reads.page(query)
        places = _after(order.places, query.after, direction, query.limit + 1)
        shown = places[: query.limit]
        views = await self._reads.views([identity for _key, identity in shown])
        more = len(places) > query.limit
        return ProductPage(tuple(views), Position(*shown[-1]) if more else None)

    async def view(self, slug: str) -> ProductView | None:
        """Returns one product."""
        return await self._reads.view(slug)

    async def slugs_of(self, ids: Some[str]) -> set[str]:
        """Returns the slugs of these ids."""
        return await self._reads.slugs_of(ids)

    async def _order(self, field: str) -> _Order | None:
        """Returns the order of this epoch; the first who needs it makes it, the others wait."""
        epoch = (await self._cache.recall(f"order:{field}", LISTS)).epoch
        if epoch is None:
            return None
        async with self._making:
            known = self._orders.get(field)
            if known is None or known.epoch != epoch:
                found = await self._products.find({"withdrawn": False}, fields=[field])
                places = sorted((document[field], document["_id"]) for document in found)
                known = self._orders[field] = _Order(epoch, places)
            return known


def _after(places: list[Place], after: Position | None, direction: int, count: int) -> list[Place]:
    """Returns the next places in this direction."""
    if direction > 0:
        start = bisect_right(places, _place(after)) if after else 0
        return places[start : start + count]
    end = bisect_left(places, _place(after)) if after else len(places)
    return places[max(0, end - count) : end][::-1]


def _place(position: Position) -> Place:
    assert position.key is not None, "only the newest first have no key"
    return position.key, position.id
