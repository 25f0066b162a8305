"""Orders at each stage of their life, brought there by the moves themselves.

Tests start from one of these; each function takes only what a test cares about.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from chassis.ids import uuid7
from orders.domain.dispatch import Parcel, deliver, pack, ship
from orders.domain.events import Actor, CapturePayment
from orders.domain.fulfilment import Quantities, Return, ReturnStatus
from orders.domain.money import Money
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.owner import Owner
from orders.domain.payment import Moved, payment_captured
from orders.domain.returns import receive_return, request_return
from orders.domain.saga import STEPS, Answer
from orders.testing.moments import NOW
from orders.testing.values import CUSTOMER, an_order

HEARTS: Quantities = {"85123A": 6}
LANTERNS: Quantities = {"71053": 2}
EVERYTHING: Quantities = {**HEARTS, **LANTERNS}


def confirmed(owner: Owner = CUSTOMER) -> Order:
    """Returns an order of 6 hearts and 2 lanterns, 25.20 GBP, that is paid for and held."""
    order = an_order(owner)
    for step in STEPS:
        order.receive(step.succeeds_on, NOW)
    return order


def packed(owner: Owner = CUSTOMER) -> Order:
    """Returns one that nobody can cancel any more."""
    order = confirmed(owner)
    pack(order, NOW)
    return order


def shipped(*parcels: Quantities | None, owner: Owner = CUSTOMER) -> Order:
    """Returns one of which these parcels have left; None, or no parcel at all, is all of it."""
    order = packed(owner)
    for quantities in parcels or (None,):
        ship(order, uuid7(), Parcel(quantities), NOW)
    return order


def delivered(*parcels: Quantities | None, paid: bool = True, owner: Owner = CUSTOMER) -> Order:
    """Returns one whose parcels have arrived and, unless told otherwise, are paid for."""
    order = shipped(*parcels, owner=owner)
    for shipment in order.fulfilment.shipments:
        deliver(order, shipment.id, NOW)
    if paid:
        pay(order)
    return order


def returned(owner: Owner = CUSTOMER) -> Order:
    """Returns one of which everything came back."""
    order = delivered(owner=owner)
    made = request_return(order, uuid7(), EVERYTHING, "not wanted", NOW)
    receive_return(order, made.id, uuid7(), NOW)
    return order


def pay(order: Order) -> None:
    """Answers every capture that the order has asked for and that is still recorded."""
    for recorded in list(order.recorded):
        match recorded.what:
            case CapturePayment(shipment_id, amount):
                total = order.account.captured + amount
                payment_captured(order, Moved(amount, total, shipment_id), NOW)


def a_return(return_id: UUID, quantities: Quantities = HEARTS) -> Return:
    """Returns a return that nobody decided on yet."""
    return Return(return_id, quantities, "broken", ReturnStatus.REQUESTED, NOW)


def rejected() -> Order:
    """Returns one that was out of stock."""
    order = an_order()
    order.receive(Answer.STOCK_REJECTED, NOW)
    return order


def cancelled() -> Order:
    """Returns one that its buyer took back."""
    order = an_order()
    order.cancel(Actor.CUSTOMER, NOW)
    return order


AT: Mapping[Status, Callable[[], Order]] = {
    Status.PENDING: an_order,
    Status.CONFIRMED: confirmed,
    Status.PACKED: packed,
    Status.PARTIALLY_SHIPPED: lambda: delivered(HEARTS),
    Status.SHIPPED: lambda: shipped(HEARTS, LANTERNS),
    Status.DELIVERED: delivered,
    Status.RETURNED: returned,
    Status.REJECTED: rejected,
    Status.CANCELLED: cancelled,
}
"""How an order comes to each status."""


def gbp(amount: int) -> Money:
    """Returns pence."""
    return Money(amount, "GBP")
