"""The merchandiser's routes: create, change, price, withdraw, and the import of many.

Each names its caller first, so that nobody without the scope learns what a request lacks.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Response

from catalog.api import examples
from catalog.api.dependencies import (
    Merchandiser,
    OptionalMatch,
    RequiredMatch,
    SkuInPath,
    SlugInPath,
    SlugToWithdraw,
    TheShop,
)
from catalog.api.presenters import written
from catalog.api.problems import PROBLEMS, IfMatchMissing
from catalog.api.schemas import (
    BatchBody,
    BatchRequest,
    ProductBody,
    ProductPatch,
    ProductRequest,
    VariantRequest,
)
from catalog.application.change_price import ChangePrice, change_price
from catalog.application.change_product import UNCHANGED, ChangeProduct, change_product
from catalog.application.create_product import CreateProduct, create_product
from catalog.application.import_products import ImportedProduct, import_products
from catalog.application.queries import view_of
from catalog.application.withdraw_product import WithdrawProduct, withdraw_product
from catalog.domain import errors
from catalog.domain.events import Variant
from catalog.domain.money import Money
from chassis.http_idempotency import RequiredKey
from chassis.problems import problem_responses
from chassis.schemas import Money as MoneyBody

router = APIRouter(prefix="/v1", tags=["catalog"])

_UNFIT = (errors.InvalidProduct, errors.InvalidPrice, errors.CurrencyMismatch)
_SEEN = (errors.ProductNotFound, errors.ProductGone, errors.StaleProduct)


@router.post(
    "/products",
    operation_id="create_product",
    summary="Put a product into the catalogue",
    status_code=201,
    response_model=ProductBody,
    responses=problem_responses(
        *_UNFIT, errors.UnknownCategory, errors.CodeTaken, errors.SkuTaken, table=PROBLEMS
    ),
)
async def post_product(
    caller: Merchandiser,
    key: RequiredKey,
    body: Annotated[
        ProductRequest, Body(openapi_examples={"lantern": {"value": examples.LANTERN}})
    ],
    shop: TheShop,
) -> Response:
    """Its slug comes from its name and never changes. The same key again makes nothing new."""
    command = CreateProduct(
        code=body.code,
        name=body.name,
        description=body.description,
        category=body.category,
        variants=_variants(body.variants),
        key=key.scoped(caller.identity),
    )
    product = await create_product(command, shop)
    return written(view_of(product), status=201)


@router.patch(
    "/products/{slug}",
    operation_id="change_product",
    summary="Change a product",
    response_model=ProductBody,
    responses=problem_responses(
        *_UNFIT, *_SEEN, IfMatchMissing, errors.UnknownCategory, errors.SkuTaken, table=PROBLEMS
    ),
)
async def patch_product(
    _caller: Merchandiser,
    slug: SlugInPath,
    still_current: RequiredMatch,
    body: Annotated[
        ProductPatch,
        Body(
            media_type="application/merge-patch+json",
            openapi_examples={"text": {"value": {"description": "Holds one tea light."}}},
        ),
    ],
    shop: TheShop,
) -> Response:
    """A JSON Merge Patch: only what is in it changes."""
    given = body.model_fields_set
    command = ChangeProduct(
        slug=slug,
        still_current=still_current,
        name=body.name if "name" in given else UNCHANGED,
        description=body.description if "description" in given else UNCHANGED,
        category=body.category if "category" in given else UNCHANGED,
        variants=_variants(body.variants) if "variants" in given else UNCHANGED,
    )
    return written(view_of(await change_product(command, shop)))


@router.put(
    "/products/{slug}/variants/{sku}/price",
    operation_id="change_price",
    summary="Set the price of a variant",
    response_model=ProductBody,
    responses=problem_responses(
        *_SEEN,
        IfMatchMissing,
        errors.VariantNotFound,
        errors.InvalidPrice,
        errors.CurrencyMismatch,
        table=PROBLEMS,
    ),
)
async def put_price(
    _caller: Merchandiser,
    slug: SlugInPath,
    sku: SkuInPath,
    still_current: RequiredMatch,
    body: Annotated[
        MoneyBody, Body(openapi_examples={"less": {"value": {"amount": 255, "currency": "GBP"}}})
    ],
    shop: TheShop,
) -> Response:
    """In minor units of the shop's currency. Carts show it as soon as orders has heard of it."""
    price = Money(body.amount, body.currency)
    product = await change_price(ChangePrice(slug, sku.upper(), price, still_current), shop)
    return written(view_of(product))


@router.delete(
    "/products/{slug}",
    operation_id="withdraw_product",
    summary="Withdraw a product",
    status_code=204,
    response_class=Response,
    responses=problem_responses(
        errors.ProductNotFound, errors.StaleProduct, errors.ConcurrentChange, table=PROBLEMS
    ),
)
async def delete_product(
    _caller: Merchandiser, slug: SlugToWithdraw, still_current: OptionalMatch, shop: TheShop
) -> Response:
    """It is not offered any more; its slug and SKUs stay its own. If-Match is optional."""
    await withdraw_product(WithdrawProduct(slug, still_current), shop)
    return Response(status_code=204)


@router.post(
    "/product-batches",
    operation_id="import_products",
    summary="Take in up to 200 products of a file",
    responses=problem_responses(*_UNFIT, errors.ConcurrentChange, table=PROBLEMS),
)
async def post_batch(
    _caller: Merchandiser,
    body: Annotated[
        BatchRequest,
        Body(openapi_examples={"one": {"value": {"products": [examples.HEART]}}}),
    ],
    shop: TheShop,
) -> BatchBody:
    """Known codes take on the file's names and prices; the same batch again changes nothing.

    Categories come from the names, except where a person chose one. A withdrawn product that is
    in the file is on offer again.
    """
    batch = [
        ImportedProduct(item.code, item.name, _variants(item.variants)) for item in body.products
    ]
    result = await import_products(batch, shop)
    return BatchBody(created=result.created, changed=result.changed, unchanged=result.unchanged)


def _variants(given: Sequence[VariantRequest]) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            each.sku, each.name, Money(each.price.amount, each.price.currency), each.weight_grams
        )
        for each in given
    )
