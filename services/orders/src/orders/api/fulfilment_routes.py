"""The routes of the warehouse: pack an order, ship it in parts, take down that it arrived.

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
    OrderId,
    Reader,
    Services,
    ShipmentId,
    Warehouse,
)
from orders.api.later_bodies import ParcelBody, ShipmentOut
from orders.api.order_bodies import OrderOut
from orders.api.order_requests import SeenOrder, asking
from orders.api.problems import PROBLEMS
from orders.application.fulfil_order import deliver_shipment, pack_order, ship_order
from orders.application.queries import read_order
from orders.domain import errors

router = APIRouter(prefix="/v1/orders", tags=["fulfilment"])

_PARCELS = {
    "all": {"value": {"carrier": "Royal Mail"}},
    "some": {"value": examples.PARCEL},
}


@router.post(
    "/{order_id}/packing",
    operation_id="pack_order",
    summary="Take down that an order is packed",
    response_model=OrderOut,
    responses=problem_responses(
        errors.OrderNotFound, errors.OrderChanged, errors.OrderCannotBePacked, table=PROBLEMS
    ),
)
async def post_packing(
    order_id: OrderId,
    visitor: Warehouse,
    key: OptionalKey,
    services: Services,
    if_match: SeenOrder = None,
) -> Response:
    """From here on nobody can cancel it."""
    request = asking("pack_order", order_id, visitor, key, if_match)
    changed = await pack_order(request, services.unit_of_work(), services.clock())
    return changed_answer(changed, visitor)


@router.post(
    "/{order_id}/shipments",
    operation_id="ship_order",
    summary="Ship an order, or a part of it",
    status_code=201,
    response_model=OrderOut,
    responses=problem_responses(
        errors.OrderNotFound,
        errors.OrderChanged,
        errors.OrderCannotBeShipped,
        errors.NothingLeft,
        errors.MoreThanLeft,
        errors.RepeatedSku,
        table=PROBLEMS,
    ),
)
async def post_shipment(
    order_id: OrderId,
    visitor: Warehouse,
    key: RequiredKey,
    body: Annotated[ParcelBody, Body(openapi_examples=_PARCELS)],
    services: Services,
    if_match: SeenOrder = None,
) -> Response:
    """Without lines all that is left leaves. The shipment's share of the money is taken now."""
    request = asking("ship_order", order_id, visitor, key, if_match, status=201)
    parcel = body.parcel()
    changed = await ship_order(request, parcel, services.unit_of_work(), services.clock())
    return changed_answer(changed, visitor, 201)


@router.get(
    "/{order_id}/shipments/{shipment_id}",
    operation_id="read_shipment",
    summary="Read a shipment",
    response_model=ShipmentOut,
    responses=problem_responses(errors.OrderNotFound, errors.ShipmentNotFound, table=PROBLEMS),
)
async def get_shipment(
    order_id: OrderId, shipment_id: ShipmentId, visitor: Reader, services: Services
) -> Response:
    """A part of the order's own body."""
    order = await read_order(order_id, visitor.unless_may(READ_ALL), services.orders)
    return answer(ShipmentOut.of(order.fulfilment.shipment(shipment_id), order, visitor))


@router.post(
    "/{order_id}/shipments/{shipment_id}/delivery",
    operation_id="deliver_shipment",
    summary="Take down that a shipment arrived",
    response_model=OrderOut,
    responses=problem_responses(
        errors.OrderNotFound,
        errors.OrderChanged,
        errors.OrderCannotBeDelivered,
        errors.ShipmentNotFound,
        errors.ShipmentDelivered,
        table=PROBLEMS,
    ),
)
async def post_delivery(
    order_id: OrderId,
    shipment_id: ShipmentId,
    visitor: Warehouse,
    key: OptionalKey,
    services: Services,
    if_match: SeenOrder = None,
) -> Response:
    """The order is delivered once all of it has left and every shipment has arrived."""
    request = asking("deliver_shipment", order_id, visitor, key, if_match)
    uow, now = services.unit_of_work(), services.clock()
    return changed_answer(await deliver_shipment(request, shipment_id, uow, now), visitor)
