"""How every version reads products: what a query means, where a page goes on, what is remembered.

The versions differ in how they show a product, which is all that `routes.py` and `v2_routes.py`
bring along; a cursor and an ETag of one are good in the other.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from catalog.api.dependencies import Services
from catalog.api.presenters import Show, page_answer, product_answer
from catalog.api.problems import PROBLEMS
from catalog.api.schemas import ListCursor, ListParameters
from catalog.application.queries import Position, ProductQuery, Sort
from catalog.application.read_cache import LISTS, Answer, product_topic, remembered
from catalog.domain import errors
from catalog.domain.words import search_terms
from chassis.pagination import InvalidCursor, decode_cursor, encode_cursor
from chassis.problems import problem_responses

UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What you have is still current."}
}
UNFIT = problem_responses(errors.UnknownCategory, errors.InvalidSearch, table=PROBLEMS)
NO_PRODUCT = problem_responses(errors.ProductNotFound, errors.ProductGone, table=PROBLEMS)


@dataclass(frozen=True, slots=True)
class Version:
    """A version's name, under which its answers are remembered, and its way to show a product."""

    name: str
    show: Show


async def one_product(slug: str, services: Services, version: Version) -> Answer:
    """Returns one product's answer; raises ProductNotFound or ProductGone."""

    async def make() -> Answer:
        product = await services.reads.view(slug)
        if product is None:
            raise errors.ProductNotFound(slug)
        if product.withdrawn:
            raise errors.ProductGone(slug)
        return product_answer(product, version.show)

    topic = product_topic(slug)
    return await remembered(services.shop.cache, f"{version.name}:{topic}", topic, make)


async def some_products(
    parameters: ListParameters, request: Request, services: Services, version: Version
) -> Answer:
    """Returns a page's answer; raises UnknownCategory, InvalidSearch or InvalidCursor."""
    query = _query(parameters, services)

    async def make() -> Answer:
        page = await services.reads.page(query)
        return page_answer(page, _cursor(page.next, query.sort), request, version.show)

    digest = hashlib.blake2b(str(request.query_params).encode(), digest_size=16).hexdigest()
    key = f"{version.name}:list:{digest}"
    return await remembered(services.shop.cache, key, LISTS, make)


def _query(parameters: ListParameters, services: Services) -> ProductQuery:
    """Returns what is asked for; raises UnknownCategory, InvalidSearch or InvalidCursor."""
    if parameters.category is not None:
        services.shop.taxonomy.tree.path_slugs(parameters.category)
    return ProductQuery(
        category=parameters.category,
        min_price=parameters.min_price,
        max_price=parameters.max_price,
        terms=search_terms(parameters.q) if parameters.q is not None else None,
        sort=parameters.sort,
        after=_position(parameters.cursor, parameters.sort) if parameters.cursor else None,
        limit=parameters.limit,
    )


_KEY_TYPES: dict[Sort, type] = {
    Sort.NAME: str,
    Sort.NAME_DESCENDING: str,
    Sort.PRICE: int,
    Sort.PRICE_DESCENDING: int,
    Sort.NEWEST: type(None),
}


def _position(cursor: str, sort: Sort) -> Position:
    """Returns the place that a cursor names; one of another order is as bad as any other text."""
    found = decode_cursor(cursor, ListCursor)
    if found.sort is not sort or not isinstance(found.key, _KEY_TYPES[sort]):
        raise InvalidCursor
    return Position(found.key, found.id)


def _cursor(position: Position | None, sort: Sort) -> str | None:
    if position is None:
        return None
    return encode_cursor({"sort": sort.value, "key": position.key, "id": position.id})
