"""The routes of carts, for guests and customers.

Every answer with a cart shows today's prices and the ETag that placing an order asks for.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from chassis.http_idempotency import OptionalKey
from chassis.problems import problem_responses
from chassis.security import PUBLIC
from orders.api.answers import answer, cart_answer
from orders.api.cart_bodies import CartOut, CreatedCartOut
from orders.api.dependencies import (
    CartReader,
    CartToRead,
    CartToWrite,
    Customer,
    IfMatch,
    IfNoneMatch,
    Newcomer,
    Services,
    SkuInPath,
    TokenHolder,
    Writer,
)
from orders.api.problems import PROBLEMS
from orders.api.schemas import ItemsBody, MergeBody, QuantityBody
from orders.application.change_cart import ChangeCart, change_cart
from orders.application.container import Container
from orders.application.create_cart import create_cart
from orders.application.merge_carts import MergeCarts, merge_carts
from orders.application.read_cart import read_cart
from orders.domain import errors
from orders.domain.cart import CartChange

router = APIRouter(prefix="/v1/carts", tags=["carts"])

_ITEMS = {
    "two": {
        "value": {
            "items": [{"sku": "85123A", "quantity": 6}, {"sku": "71053", "quantity": 2}],
        }
    }
}
_REFUSALS = (
    errors.CartNotFound,
    errors.CartOrdered,
    errors.CartChanged,
    errors.CartFull,
    errors.UnknownSku,
    errors.ProductWithdrawn,
)
_CHANGES = problem_responses(*_REFUSALS, table=PROBLEMS)


@router.post(
    "",
    operation_id="create_cart",
    openapi_extra=PUBLIC,
    summary="Begin a cart",
    status_code=201,
    response_model=CreatedCartOut,
    responses=problem_responses(errors.CartTokenRequired, table=PROBLEMS),
)
async def post_cart(owner: Newcomer, key: OptionalKey, services: Services) -> Response:
    """A customer's cart belongs to the account. A guest gets a token, once, or brings one in
    Cart-Token; only with one of their own can a guest repeat the request by Idempotency-Key.
    """
    scoped = key.scoped(str(owner) if owner else "nobody") if key else None
    created = await create_cart(owner, scoped, services.carts)
    view = await read_cart(created.id, created.owner, services.carts, services.quotes)
    body = CreatedCartOut.made(view, created.token)
    return answer(body, 201, Location=f"/v1/carts/{created.id}", ETag=view.etag)


@router.get(
    "/{cart_id}",
    operation_id="read_cart",
    summary="Read a cart",
    response_model=CartOut,
    responses=problem_responses(errors.CartNotFound, table=PROBLEMS),
)
async def get_cart(
    cart_id: CartToRead, visitor: CartReader, services: Services, if_none_match: IfNoneMatch = None
) -> Response:
    """With today's prices; one that was ordered links to its order."""
    view = await read_cart(cart_id, visitor.owner, services.carts, services.quotes)
    return cart_answer(view, if_none_match)


@router.put(
    "/{cart_id}/items",
    operation_id="replace_cart_items",
    summary="Replace all lines of a cart",
    response_model=CartOut,
    responses=problem_responses(*_REFUSALS, errors.RepeatedSku, table=PROBLEMS),
)
async def put_items(
    cart_id: CartToWrite,
    visitor: Writer,
    body: Annotated[ItemsBody, Body(openapi_examples=_ITEMS)],
    services: Services,
    if_match: IfMatch = None,
) -> Response:
    """Up to 1000 lines, each SKU once."""
    change = CartChange.replacing((item.sku, item.quantity) for item in body.items)
    return await _changed(ChangeCart(cart_id, visitor.owner, change, if_match), services)


@router.put(
    "/{cart_id}/items/{sku}",
    operation_id="put_cart_item",
    summary="Set the quantity of one SKU",
    response_model=CartOut,
    responses=_CHANGES,
)
async def put_item(
    cart_id: CartToWrite,
    sku: SkuInPath,
    visitor: Writer,
    body: Annotated[QuantityBody, Body(openapi_examples={"six": {"value": {"quantity": 6}}})],
    services: Services,
    if_match: IfMatch = None,
) -> Response:
    """Puts the SKU in, or changes how many of it there are."""
    change = CartChange({sku: body.quantity})
    return await _changed(ChangeCart(cart_id, visitor.owner, change, if_match), services)


@router.delete(
    "/{cart_id}/items/{sku}",
    operation_id="remove_cart_item",
    summary="Take a SKU out of a cart",
    response_model=CartOut,
    responses=_CHANGES,
)
async def delete_item(
    cart_id: CartToWrite,
    sku: SkuInPath,
    visitor: Writer,
    services: Services,
    if_match: IfMatch = None,
) -> Response:
    """Answers with the cart that is left, whether the SKU was in it or not."""
    change = CartChange({sku: 0})
    return await _changed(ChangeCart(cart_id, visitor.owner, change, if_match), services)


@router.post(
    "/{cart_id}/merge",
    operation_id="merge_cart",
    summary="Take over a guest's cart after sign-in",
    response_model=CartOut,
    responses=problem_responses(
        errors.CartNotFound,
        errors.CartOrdered,
        errors.CartChanged,
        errors.CartFull,
        errors.QuantityTooLarge,
        table=PROBLEMS,
    ),
)
async def post_merge(
    cart_id: CartToWrite,
    customer: Customer,
    guest: TokenHolder,
    body: MergeBody,
    services: Services,
    if_match: IfMatch = None,
) -> Response:
    """Needs both: the access token of the account and the Cart-Token of the guest. Quantities
    are added up, the guest's cart ends, and a repetition changes nothing.
    """
    command = MergeCarts(cart_id, customer.owner, body.guest_cart_id, guest, if_match)
    return cart_answer(await merge_carts(command, services.carts, services.quotes))


async def _changed(command: ChangeCart, services: Container) -> Response:
    return cart_answer(await change_cart(command, services.carts, services.quotes))
