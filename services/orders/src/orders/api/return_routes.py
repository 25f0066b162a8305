"""The routes of returns: the buyer or the staff ask for one, the staff take it in or refuse it.

Each answers with the whole order, whose links say what may come next.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from chassis.http_idempotency import OptionalKey, RequiredKey
from chassis.problems import problem_responses
from orders.api import later_examples as examples
from orders.api.answers import answer, changed_answer
from orders.api.dependencies import (
    READ_ALL,
    RETURN_ALL,
    OrderId,
    Reader,
    ReturnDesk,
    Returner,
    ReturnId,
    ReturnSupport,
    Services,
)
from orders.api.later_bodies import RefusalBody, ReturnBody, ReturnOut
from orders.api.order_bodies import OrderOut
from orders.api.order_requests import SeenOrder, asking
from orders.api.problems import PROBLEMS
from orders.application.queries import read_order
from orders.application.return_goods import (
    WantedReturn,
    receive_return,
    refuse_return,
    request_return,
)
from orders.domain import errors

router = APIRouter(prefix="/v1/orders", tags=["returns"])

_DECISION = problem_responses(
    errors.OrderNotFound,
    errors.OrderChanged,
    errors.OrderCannotBeReturned,
    errors.ReturnNotFound,
    errors.ReturnClosed,
    table=PROBLEMS,
)


@router.post(
    "/{order_id}/returns",
    operation_id="request_return",
    summary="Ask for goods to be taken back",
    status_code=201,
    response_model=OrderOut,
    responses=problem_responses(
        errors.OrderNotFound,
        errors.OrderChanged,
        errors.OrderCannotBeReturned,
        errors.NothingLeft,
        errors.MoreThanLeft,
        errors.RepeatedSku,
        table=PROBLEMS,
    ),
)
async def post_return(
    order_id: OrderId,
    visitor: Returner,
    key: RequiredKey,
    body: Annotated[ReturnBody, Body(openapi_examples={"two": {"value": examples.WANTED_RETURN}})],
    services: Services,
    if_match: SeenOrder = None,
) -> Response:
    """Units that arrived and that no other return holds."""
    is_staff = visitor.may(RETURN_ALL)
    request = asking(
        "request_return", order_id, visitor, key, if_match, is_staff=is_staff, status=201
    )
    wanted = WantedReturn(body.quantities(), body.reason)
    changed = await request_return(request, wanted, services.unit_of_work(), services.clock())
    return changed_answer(changed, visitor, 201)


@router.get(
    "/{order_id}/returns/{return_id}",
    operation_id="read_return",
    summary="Read a return",
    response_model=ReturnOut,
    responses=problem_responses(errors.OrderNotFound, errors.ReturnNotFound, table=PROBLEMS),
)
async def get_return(
    order_id: OrderId, return_id: ReturnId, visitor: Reader, services: Services
) -> Response:
    """A part of the order's own body."""
    order = await read_order(order_id, visitor.unless_may(READ_ALL), services.orders)
    return answer(ReturnOut.of(order.fulfilment.returning(return_id), order, visitor))


@router.post(
    "/{order_id}/returns/{return_id}/receipt",
    operation_id="receive_return",
    summary="Take returned goods in",
    response_model=OrderOut,
    responses=_DECISION,
)
async def post_receipt(
    order_id: OrderId,
    return_id: ReturnId,
    visitor: ReturnDesk,
    key: OptionalKey,
    services: Services,
    if_match: SeenOrder = None,
) -> Response:
    """They go back into stock, and their exact share of what was paid goes back to the buyer."""
    request = asking("receive_return", order_id, visitor, key, if_match)
    uow, now = services.unit_of_work(), services.clock()
    return changed_answer(await receive_return(request, return_id, uow, now), visitor)


@router.post(
    "/{order_id}/returns/{return_id}/refusal",
    operation_id="refuse_return",
    summary="Refuse a return",
    response_model=OrderOut,
    responses=_DECISION,
)
async def post_refusal(
    order_id: OrderId,
    return_id: ReturnId,
    visitor: ReturnSupport,
    key: OptionalKey,
    body: Annotated[RefusalBody, Body(openapi_examples={"used": {"value": examples.REFUSAL}})],
    services: Services,
    if_match: SeenOrder = None,
) -> Response:
    """The goods stay with the buyer, and may be asked for again."""
    request = asking("refuse_return", order_id, visitor, key, if_match)
    uow, now = services.unit_of_work(), services.clock()
    changed = await refuse_return(request, return_id, body.reason, uow, now)
    return changed_answer(changed, visitor)
