"""Packs an order, ships it in parts, and takes down that they arrived. Called by the API.

The warehouse does all of it. dispatch.py decides; shipping asks payments for the parcel's share.
"""

from datetime import datetime
from uuid import UUID

from chassis.ids import uuid7
from orders.application.change_order import Changed, ChangeRequest, change_order, location_of
from orders.application.ports import UnitOfWork
from orders.domain.dispatch import Parcel, deliver, pack, ship
from orders.domain.order import Order


async def pack_order(request: ChangeRequest, uow: UnitOfWork, now: datetime) -> Changed:
    """Raises OrderCannotBePacked, and what `change_order` raises."""
    return await change_order(request, uow, lambda order: pack(order, now))


async def ship_order(
    request: ChangeRequest, parcel: Parcel, uow: UnitOfWork, now: datetime
) -> Changed:
    """Raises OrderCannotBeShipped, NothingLeft, MoreThanLeft, and what `change_order` raises."""

    def move(order: Order) -> str:
        return location_of(order.id, "shipments", ship(order, uuid7(), parcel, now).id)

    return await change_order(request, uow, move)


async def deliver_shipment(
    request: ChangeRequest, shipment_id: UUID, uow: UnitOfWork, now: datetime
) -> Changed:
    """Raises OrderCannotBeDelivered, ShipmentNotFound, ShipmentDelivered, and the rest."""

    def move(order: Order) -> str:
        deliver(order, shipment_id, now)
        return location_of(order.id, "shipments", shipment_id)

    return await change_order(request, uow, move)
