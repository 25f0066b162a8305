"""The routes of orders up to their confirmation: place, read, list, cancel.

A buyer sees what is theirs; the scopes orders:read_all and orders:cancel_all lift that limit.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response

from chassis.http_idempotency import OptionalKey, RequiredKey
from chassis.pagination import Cursor, Limit, decode_cursor, page_of
from chassis.problems import problem_responses
from chassis.schemas import StrictModel, Timestamp
from orders.api import examples
from orders.api.answers import changed_answer, order_answer, page_answer
from orders.api.dependencies import (
    CANCEL_ALL,
    READ_ALL,
    Canceller,
    IfNoneMatch,
    OrderId,
    Prefer,
    Reader,
    SeenCart,
    Services,
    Stopping,
    Writer,
)
from orders.api.order_bodies import OrderOut, OrdersOut, SummaryOut
from orders.api.order_requests import SeenOrder, asking
from orders.api.preferences import wanted_wait
from orders.api.problems import PROBLEMS
from orders.api.schemas import OrderBody
from orders.application.await_settlement import await_settlement
from orders.application.cancel_order import cancel_order
from orders.application.change_order import location_of
from orders.application.container import Container
from orders.application.order_views import OrderView
from orders.application.place_order import Placed, PlaceOrder, place_order
from orders.application.ports import OrderFilter
from orders.application.queries import read_order
from orders.domain import errors
from orders.domain.moves import Status

router = APIRouter(prefix="/v1/orders", tags=["orders"])

_ORDER = {
    "cart_id": examples.CART_ID,
    "payment": {"token": "tok_visa"},
    "shipping_address": examples.ADA,
}
_ORDERS = {
    "customer": {"value": _ORDER},
    "guest": {"value": _ORDER | {"contact": {"email": "ada@souk.example", "name": "Ada"}}},
}


class ListCursor(StrictModel):
    """The last order of a page."""

    id: UUID


@router.post(
    "",
    operation_id="place_order",
    summary="Order what is in a cart",
    status_code=201,
    response_model=OrderOut,
    responses=problem_responses(
        errors.CartNotFound,
        errors.CartOrdered,
        errors.CartChanged,
        errors.PreconditionMissing,
        errors.CartEmpty,
        errors.ProductWithdrawn,
        errors.CurrencyMismatch,
        errors.ContactRequired,
        table=PROBLEMS,
    ),
)
async def post_order(
    visitor: Writer,
    key: RequiredKey,
    body: Annotated[OrderBody, Body(openapi_examples=_ORDERS)],
    services: Services,
    stopping: Stopping,
    if_match: SeenCart = None,
    prefer: Prefer = None,
) -> Response:
    """If-Match holds the ETag of the cart as it was seen: 412 brings the cart as it is now. The
    answer is 201 at once, with `status` pending; `Prefer: wait=5` waits for it to settle.
    """
    purchase = body.purchase(visitor.owner)
    command = PlaceOrder(body.cart_id, purchase, if_match, key.scoped(str(visitor.owner)))
    placed = await place_order(
        command, services.placing(), services.carts, services.quotes.terms, services.clock()
    )
    wait = wanted_wait(prefer)
    applied = {} if wait is None else {"Preference_Applied": f"wait={wait}"}
    order = await _as_far_as(placed, wait, services, stopping)
    return order_answer(order, visitor, 201, Location=location_of(order.id), **applied)


@router.get(
    "",
    operation_id="list_orders",
    summary="List orders, the newest first",
    response_model=OrdersOut,
)
async def list_orders(
    request: Request,
    visitor: Reader,
    services: Services,
    status: Annotated[Status | None, Query(description="Only those that stand so.")] = None,
    reference: Annotated[str | None, Query(min_length=1, max_length=64)] = None,
    updated_after: Annotated[Timestamp | None, Query(description="RFC 3339.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """The caller's own orders; with the scope orders:read_all, everyone's."""
    owner = visitor.unless_may(READ_ALL)
    wanted = OrderFilter(owner, status, reference, updated_after)
    before = decode_cursor(cursor, ListCursor).id if cursor else None
    found = await services.orders.page(wanted, before, limit + 1)
    page = page_of([SummaryOut.of(order) for order in found], limit, lambda last: {"id": last.id})
    return page_answer(request, page, OrdersOut)


@router.get(
    "/{order_id}",
    operation_id="read_order",
    summary="Read an order",
    response_model=OrderOut,
    responses=problem_responses(errors.OrderNotFound, table=PROBLEMS),
)
async def get_order(
    order_id: OrderId, visitor: Reader, services: Services, if_none_match: IfNoneMatch = None
) -> Response:
    """One's own order, or with orders:read_all anyone's."""
    order = await read_order(order_id, visitor.unless_may(READ_ALL), services.orders)
    return order_answer(order, visitor, if_none_match=if_none_match)


@router.post(
    "/{order_id}/cancellation",
    operation_id="cancel_order",
    summary="Cancel an order",
    response_model=OrderOut,
    responses=problem_responses(
        errors.OrderNotFound, errors.OrderChanged, errors.OrderCannotBeCancelled, table=PROBLEMS
    ),
)
async def post_cancellation(
    order_id: OrderId,
    visitor: Canceller,
    key: OptionalKey,
    services: Services,
    if_match: SeenOrder = None,
) -> Response:
    """Possible until the order is packed; stock and payment are given back."""
    is_staff = visitor.may(CANCEL_ALL)
    request = asking("cancel_order", order_id, visitor, key, if_match, is_staff=is_staff)
    changed = await cancel_order(request, services.unit_of_work(), services.clock())
    return changed_answer(changed, visitor)


async def _as_far_as(
    placed: Placed, wait: int | None, services: Container, stopping: Stopping
) -> OrderView:
    """Returns the order as it was placed, as it is by now, or as settled within the wait."""
    if wait is not None:
        return await await_settlement(
            placed.order_id,
            wait,
            orders=services.orders,
            settlements=services.settlements,
            stopping=stopping,
        )
    return placed.order or await services.orders.read(placed.order_id)
