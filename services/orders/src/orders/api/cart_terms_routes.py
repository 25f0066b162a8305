"""The routes by which a cart's owner says how and where it is delivered, and which codes they have.

Like the routes of lines, each answers with the cart and all that it comes to.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from chassis.problems import problem_responses
from orders.api.answers import cart_answer
from orders.api.cart_bodies import CartOut
from orders.api.dependencies import CartToWrite, CodeInPath, IfMatch, Services, Writer
from orders.api.problems import PROBLEMS
from orders.api.schemas import CartPatch
from orders.application.change_cart import ChangeCart, change_cart
from orders.application.use_code import UseCode, use_code
from orders.domain import errors
from orders.domain.cart import CartChange
from orders.domain.shipping import HOME, DeliveryMethod

router = APIRouter(prefix="/v1/carts", tags=["carts"])

_REFUSALS = (errors.CartNotFound, errors.CartOrdered, errors.CartChanged)
_EXPRESS = {"value": {"delivery_method": "express", "country": "GB"}}


@router.patch(
    "/{cart_id}",
    operation_id="change_cart",
    summary="Choose how and where a cart is delivered",
    response_model=CartOut,
    responses=problem_responses(*_REFUSALS, table=PROBLEMS),
)
async def patch_cart(
    cart_id: CartToWrite,
    visitor: Writer,
    body: Annotated[
        CartPatch,
        Body(
            media_type="application/merge-patch+json",
            openapi_examples={"express": _EXPRESS},
        ),
    ],
    services: Services,
    if_match: IfMatch = None,
) -> Response:
    """A JSON Merge Patch. The country is for the quote: an order goes by its address."""
    given = body.model_fields_set
    change = CartChange(
        delivery=(body.delivery_method or DeliveryMethod.FREE)
        if "delivery_method" in given
        else None,
        country=(body.country or HOME) if "country" in given else None,
    )
    command = ChangeCart(cart_id, visitor.owner, change, if_match)
    return cart_answer(await change_cart(command, services.carts, services.quotes))


@router.put(
    "/{cart_id}/codes/{code}",
    operation_id="use_code",
    summary="Put a promotion's code into a cart",
    response_model=CartOut,
    responses=problem_responses(
        *_REFUSALS, errors.CodeNotUsable, errors.TooManyCodes, table=PROBLEMS
    ),
)
async def put_code(
    cart_id: CartToWrite,
    code: CodeInPath,
    visitor: Writer,
    services: Services,
    if_match: IfMatch = None,
) -> Response:
    """The best legal combination of codes counts; the others are in `refused_codes`."""
    command = UseCode(cart_id, visitor.owner, code.upper(), if_match)
    return cart_answer(await use_code(command, services.carts, services.quotes))


@router.delete(
    "/{cart_id}/codes/{code}",
    operation_id="drop_code",
    summary="Take a code out of a cart",
    response_model=CartOut,
    responses=problem_responses(*_REFUSALS, table=PROBLEMS),
)
async def delete_code(
    cart_id: CartToWrite,
    code: CodeInPath,
    visitor: Writer,
    services: Services,
    if_match: IfMatch = None,
) -> Response:
    """Answers with the cart that is left, whether the code was in it or not."""
    change = CartChange(codes={code.upper(): False})
    command = ChangeCart(cart_id, visitor.owner, change, if_match)
    return cart_answer(await change_cart(command, services.carts, services.quotes))
