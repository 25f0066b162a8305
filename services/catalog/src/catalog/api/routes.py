"""The public reads: products by category, price and words, one product, and the categories.

They need no token, answer 304 to whoever has the answer already, and come from the cache where
it has them.
"""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from catalog.api.dependencies import Catalogue, Services, SlugInPath, TheShop
from catalog.api.presenters import (
    FOR_A_WHILE,
    REVALIDATE,
    category_answer,
    page_answer,
    product_answer,
    sent,
    tree_answer,
)
from catalog.api.problems import PROBLEMS
from catalog.api.schemas import (
    SLUG_PATTERN,
    CategoryPageBody,
    CategoryTreeBody,
    ListCursor,
    ListParameters,
    ProductBody,
    ProductPageBody,
)
from catalog.application.queries import Position, ProductQuery, Sort
from catalog.application.read_cache import LISTS, Answer, product_topic, remembered
from catalog.domain import errors
from catalog.domain.words import search_terms
from chassis.pagination import InvalidCursor, decode_cursor, encode_cursor
from chassis.problems import problem_responses
from chassis.security import PUBLIC

router = APIRouter(prefix="/v1", tags=["catalog"])

CategoryInPath = Annotated[
    str,
    Path(
        max_length=160,
        pattern=SLUG_PATTERN,
        openapi_examples={"holders": {"value": "candle-holders"}},
    ),
]

_UNCHANGED: dict[int | str, Any] = {304: {"description": "What you have is still current."}}
_UNFIT = problem_responses(errors.UnknownCategory, errors.InvalidSearch, table=PROBLEMS)
_NO_PRODUCT = problem_responses(errors.ProductNotFound, errors.ProductGone, table=PROBLEMS)
_NO_CATEGORY = problem_responses(errors.CategoryNotFound, table=PROBLEMS)


@router.get(
    "/products",
    operation_id="list_products",
    openapi_extra=PUBLIC,
    summary="Products, by category, price and words",
    response_model=ProductPageBody,
    responses=_UNCHANGED | _UNFIT,
)
async def list_products(
    parameters: Annotated[ListParameters, Query()], request: Request, services: Catalogue
) -> Response:
    """What is on offer, page by page; follow the link `next`."""
    query = _query(parameters, services)

    async def make() -> Answer:
        page = await services.reads.page(query)
        return page_answer(page, _cursor(page.next, query.sort), request)

    digest = hashlib.blake2b(str(request.query_params).encode(), digest_size=16).hexdigest()
    answer = await remembered(services.shop.cache, f"list:{digest}", LISTS, make)
    return sent(answer, request, REVALIDATE)


@router.get(
    "/products/{slug}",
    operation_id="get_product",
    openapi_extra=PUBLIC,
    summary="One product",
    response_model=ProductBody,
    responses=_UNCHANGED | _NO_PRODUCT,
)
async def get_product(slug: SlugInPath, request: Request, services: Catalogue) -> Response:
    """Its variants, their prices, and which of them are in stock."""

    async def make() -> Answer:
        product = await services.reads.view(slug)
        if product is None:
            raise errors.ProductNotFound(slug)
        if product.withdrawn:
            raise errors.ProductGone(slug)
        return product_answer(product)

    topic = product_topic(slug)
    answer = await remembered(services.shop.cache, topic, topic, make)
    return sent(answer, request, REVALIDATE)


@router.get(
    "/categories",
    operation_id="list_categories",
    openapi_extra=PUBLIC,
    summary="All categories, as a tree",
    response_model=CategoryTreeBody,
    responses=_UNCHANGED,
)
async def list_categories(request: Request, shop: TheShop) -> Response:
    """Each with a link to its products."""
    return sent(tree_answer(shop.taxonomy.tree.roots), request, FOR_A_WHILE)


@router.get(
    "/categories/{slug}",
    operation_id="get_category",
    openapi_extra=PUBLIC,
    summary="One category",
    response_model=CategoryPageBody,
    responses=_UNCHANGED | _NO_CATEGORY,
)
async def get_category(slug: CategoryInPath, request: Request, shop: TheShop) -> Response:
    """With what is under it, and the way to it from the root."""
    return sent(category_answer(shop.taxonomy.tree.path(slug)), request, FOR_A_WHILE)


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
