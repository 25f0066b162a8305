"""The public reads of version 1: products by category, price and words, one product, categories.

They need no token, answer 304 to whoever has the answer already, and come from the cache where
it has them. Those of products are deprecated: `v2_routes.py` has their successors.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from catalog.api.dependencies import Catalogue, SlugInPath, TheShop
from catalog.api.presenters import (
    FOR_A_WHILE,
    REVALIDATE,
    category_answer,
    product_body,
    sent,
    tree_answer,
)
from catalog.api.problems import PROBLEMS
from catalog.api.reading import (
    NO_PRODUCT,
    UNCHANGED,
    UNFIT,
    Version,
    one_product,
    some_products,
)
from catalog.api.schemas import (
    SLUG_PATTERN,
    CategoryPageBody,
    CategoryTreeBody,
    ListParameters,
    ProductBody,
    ProductPageBody,
)
from catalog.api.versions import DEPRECATED_ANSWERS, deprecated
from catalog.domain import errors
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

_V1 = Version("v1", product_body)
_STILL_CURRENT = {304: UNCHANGED[304] | DEPRECATED_ANSWERS[304]}
_NO_CATEGORY = problem_responses(errors.CategoryNotFound, table=PROBLEMS)


@router.get(
    "/products",
    operation_id="list_products",
    openapi_extra=PUBLIC,
    summary="Products, by category, price and words",
    deprecated=True,
    response_model=ProductPageBody,
    responses=DEPRECATED_ANSWERS | _STILL_CURRENT | UNFIT,
)
async def list_products(
    parameters: Annotated[ListParameters, Query()], request: Request, services: Catalogue
) -> Response:
    """What is on offer, page by page; follow the link `next`."""
    answer = await some_products(parameters, request, services, _V1)
    return sent(answer, request, REVALIDATE, deprecated(request))


@router.get(
    "/products/{slug}",
    operation_id="get_product",
    openapi_extra=PUBLIC,
    summary="One product",
    deprecated=True,
    response_model=ProductBody,
    responses=DEPRECATED_ANSWERS | _STILL_CURRENT | NO_PRODUCT,
)
async def get_product(slug: SlugInPath, request: Request, services: Catalogue) -> Response:
    """Its variants, their prices, and which of them are in stock."""
    answer = await one_product(slug, services, _V1)
    return sent(answer, request, REVALIDATE, deprecated(request))


@router.get(
    "/categories",
    operation_id="list_categories",
    openapi_extra=PUBLIC,
    summary="All categories, as a tree",
    response_model=CategoryTreeBody,
    responses=UNCHANGED,
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
    responses=UNCHANGED | _NO_CATEGORY,
)
async def get_category(slug: CategoryInPath, request: Request, shop: TheShop) -> Response:
    """With what is under it, and the way to it from the root."""
    return sent(category_answer(shop.taxonomy.tree.path(slug)), request, FOR_A_WHILE)
