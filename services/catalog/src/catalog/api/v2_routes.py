"""The public reads of products in version 2, beside the deprecated ones of `routes.py` (ADR 0025).

Filters, orders, pages, problems and validators are those of version 1; a product is shown anew.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from catalog.api.dependencies import Catalogue, SlugInPath
from catalog.api.presenters import REVALIDATE, sent
from catalog.api.reading import (
    NO_PRODUCT,
    UNCHANGED,
    UNFIT,
    Version,
    one_product,
    some_products,
)
from catalog.api.schemas import ListParameters
from catalog.api.v2_bodies import ProductV2Body, ProductV2PageBody, product_v2_body
from chassis.security import PUBLIC

router = APIRouter(prefix="/v2", tags=["catalog"])

_V2 = Version("v2", product_v2_body)


@router.get(
    "/products",
    operation_id="list_products_v2",
    openapi_extra=PUBLIC,
    summary="Products, by category, price and words",
    response_model=ProductV2PageBody,
    responses=UNCHANGED | UNFIT,
)
async def list_products_v2(
    parameters: Annotated[ListParameters, Query()], request: Request, services: Catalogue
) -> Response:
    """What is on offer, page by page; follow the link `next`."""
    return sent(await some_products(parameters, request, services, _V2), request, REVALIDATE)


@router.get(
    "/products/{slug}",
    operation_id="get_product_v2",
    openapi_extra=PUBLIC,
    summary="One product",
    response_model=ProductV2Body,
    responses=UNCHANGED | NO_PRODUCT,
)
async def get_product_v2(slug: SlugInPath, request: Request, services: Catalogue) -> Response:
    """From what to what it costs, and how far it and each of its variants can be had.

    Its ETag is good for the `If-Match` of a change to the product.
    """
    return sent(await one_product(slug, services, _V2), request, REVALIDATE)
