"""The goods leave: an order is packed, shipped in one parcel or several, and delivered.

Functions over the order, called by the use cases of the warehouse. A parcel's share of the money
is taken when it leaves, so nobody pays for what is still on the shelf.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from orders.domain.account import failed_to_charge, left_to_charge
from orders.domain.events import CapturePayment, OrderDelivered, OrderPacked, OrderShipped
from orders.domain.fulfilment import Charge, ChargeStatus, Quantities, Shipment, chosen
from orders.domain.money import Money
from orders.domain.moves import Move, Status, must
from orders.domain.order import Order
from orders.domain.shares import capture_share, worth_of_returned


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the warehouse says of a parcel; without quantities it holds all that is left."""

    quantities: Quantities | None = None
    carrier: str | None = None
    tracking: str | None = None


def pack(order: Order, now: datetime) -> None:
    """From here on nobody cancels it. Raises OrderCannotBePacked."""
    order.make(Move.PACK, Status.PACKED, now)
    order.record(OrderPacked())


def ship(order: Order, shipment_id: UUID, parcel: Parcel, now: datetime) -> Shipment:
    """Sends a parcel off and asks for its share of the money.

    Raises OrderCannotBeShipped, or MoreThanLeft for units that were not ordered or have left.
    """
    must(order.status, Move.SHIP)
    leaving = chosen(parcel.quantities, order.fulfilment.left_to_ship(order.lines))
    shipment = Shipment(
        id=shipment_id,
        quantities=leaving,
        charge=_charge(order, leaving),
        shipped_at=now,
        carrier=parcel.carrier,
        tracking=parcel.tracking,
    )
    order.fulfilment = order.fulfilment.put(shipment)
    complete = not order.fulfilment.left_to_ship(order.lines)
    order.make(Move.SHIP, Status.SHIPPED if complete else Status.PARTIALLY_SHIPPED, now)
    order.record(OrderShipped(shipment, complete))
    if shipment.charge.status is ChargeStatus.PENDING:
        order.tell(CapturePayment(shipment.id, shipment.charge.amount, final=complete))
    return shipment


def deliver(order: Order, shipment_id: UUID, now: datetime) -> None:
    """A parcel arrived. Raises OrderCannotBeDelivered, ShipmentNotFound or ShipmentDelivered."""
    must(order.status, Move.DELIVER)
    shipment = replace(order.fulfilment.to_deliver(shipment_id), delivered_at=now)
    order.fulfilment = order.fulfilment.put(shipment)
    arrived = all(one.delivered_at for one in order.fulfilment.shipments)
    complete = arrived and order.status is Status.SHIPPED
    order.make(Move.DELIVER, Status.DELIVERED if complete else order.status, now)
    order.record(OrderDelivered(shipment, complete))


def _charge(order: Order, leaving: Quantities) -> Charge:
    """A share of nothing, or one that was taken by hand before, is not asked for.

    The last parcel's charge ends the hold, so it has to take what earlier ones failed to take,
    but nothing for goods that have come back meanwhile.
    """
    delivery, charges = order.bill.amounts.delivery, order.fulfilment.charges
    due = capture_share(order.lines, leaving, order.fulfilment.shipped, delivery)
    if leaving == order.fulfilment.left_to_ship(order.lines):
        back = worth_of_returned(order.lines, order.fulfilment.returned, delivery)
        due += failed_to_charge(order.account, charges, back)
    left = left_to_charge(order.total, order.account, charges)
    amount = Money(min(due.amount, left.amount), due.currency)
    return Charge(amount, ChargeStatus.PENDING if amount.amount else ChargeStatus.NONE)
