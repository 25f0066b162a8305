"""The routes of refunds: support gives money back, goods or no goods.

Payments moves the money; the order's body shows how far that is.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from chassis.http_idempotency import RequiredKey
from chassis.problems import problem_responses
from orders.api import later_examples as examples
from orders.api.answers import answer, changed_answer
from orders.api.dependencies import (
    READ_ALL,
    OrderId,
    Reader,
    RefundId,
    RefundSupport,
    Services,
)
from orders.api.later_bodies import RefundBody, RefundOut
from orders.api.order_bodies import OrderOut
from orders.api.order_requests import SeenOrder, asking
from orders.api.problems import PROBLEMS
from orders.application.queries import read_order
from orders.application.refund_order import WantedRefund, refund_order
from orders.domain import errors
from orders.domain.money import Money

router = APIRouter(prefix="/v1/orders", tags=["refunds"])

_REFUNDS = {
    "some": {"value": examples.WANTED_REFUND},
    "all": {"value": {"reason": "Goodwill"}},
}


@router.post(
    "/{order_id}/refunds",
    operation_id="refund_order",
    summary="Give money back",
    status_code=201,
    response_model=OrderOut,
    responses=problem_responses(
        errors.OrderNotFound,
        errors.OrderChanged,
        errors.OrderCannotBeRefunded,
        errors.RefundCurrencyDiffers,
        errors.RefundTooLarge,
        table=PROBLEMS,
    ),
)
async def post_refund(
    order_id: OrderId,
    visitor: RefundSupport,
    key: RequiredKey,
    body: Annotated[RefundBody, Body(openapi_examples=_REFUNDS)],
    services: Services,
    if_match: SeenOrder = None,
) -> Response:
    """Without an amount all that is left: taken, and neither given back nor on its way back."""
    request = asking("refund_order", order_id, visitor, key, if_match, status=201)
    amount = Money(body.amount.amount, body.amount.currency) if body.amount else None
    wanted = WantedRefund(amount, body.reason)
    changed = await refund_order(request, wanted, services.unit_of_work(), services.clock())
    return changed_answer(changed, visitor, 201)


@router.get(
    "/{order_id}/refunds/{refund_id}",
    operation_id="read_refund",
    summary="Read a refund",
    response_model=RefundOut,
    responses=problem_responses(errors.OrderNotFound, errors.RefundNotFound, table=PROBLEMS),
)
async def get_refund(
    order_id: OrderId, refund_id: RefundId, visitor: Reader, services: Services
) -> Response:
    """A part of the order's own body."""
    order = await read_order(order_id, visitor.unless_may(READ_ALL), services.orders)
    return answer(RefundOut.of(order.account.refund(refund_id), order))
