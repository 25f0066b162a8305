"""The goods come back: a return is asked for, then received or refused.

Functions over the order, called by the buyer's and the staff's use cases. What is received goes
on the shelf again, and its exact share of the money goes back.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from orders.domain.events import ReturnReceived, ReturnRefused, ReturnRequested, ReturnStock
from orders.domain.fulfilment import Quantities, Return, ReturnStatus, chosen
from orders.domain.moves import Move, Status, must
from orders.domain.order import Order
from orders.domain.payment import refund_goods
from orders.domain.shares import refund_share


def request_return(
    order: Order, return_id: UUID, quantities: Quantities, reason: str, now: datetime
) -> Return:
    """Asks for delivered units to be taken back.

    Raises OrderCannotBeReturned, NothingLeft, or MoreThanLeft for units that did not arrive or
    that another return holds.
    """
    must(order.status, Move.RETURN)
    chosen(quantities, order.fulfilment.left_to_return)
    returning = Return(return_id, quantities, reason, ReturnStatus.REQUESTED, now)
    order.fulfilment = order.fulfilment.put(returning)
    order.make(Move.RETURN, order.status, now)
    order.record(ReturnRequested(returning))
    return returning


def receive_return(order: Order, return_id: UUID, refund_id: UUID, now: datetime) -> None:
    """Takes the goods in: they go back into stock, and their share is refunded.

    Raises OrderCannotBeReturned, ReturnNotFound or ReturnClosed.
    """
    must(order.status, Move.RETURN)
    asked = order.fulfilment.to_close(return_id)
    delivery, returned = order.bill.amounts.delivery, order.fulfilment.returned
    worth = refund_share(order.lines, asked.quantities, returned, delivery)
    refund = refund_goods(order, refund_id, asked, worth, now)
    received = replace(asked, status=ReturnStatus.RECEIVED, closed_at=now, refund=refund)
    order.fulfilment = order.fulfilment.put(received)
    order.make(Move.RETURN, _status_after(order), now)
    order.record(ReturnReceived(received, refund, order.status is Status.RETURNED))
    order.tell(ReturnStock(return_id, asked.quantities))


def refuse_return(order: Order, return_id: UUID, reason: str, now: datetime) -> None:
    """Leaves the goods with the buyer.

    Raises OrderCannotBeReturned, ReturnNotFound or ReturnClosed.
    """
    must(order.status, Move.RETURN)
    asked = order.fulfilment.to_close(return_id)
    refused = replace(asked, status=ReturnStatus.REFUSED, closed_at=now, refusal=reason)
    order.fulfilment = order.fulfilment.put(refused)
    order.make(Move.RETURN, order.status, now)
    order.record(ReturnRefused(refused, reason))


def stock_returned(order: Order, return_id: UUID, now: datetime) -> None:
    """Takes inventory's answer: the goods can be bought again. Raises ReturnNotFound."""
    found = order.fulfilment.returning(return_id)
    if not found.restocked:
        order.fulfilment = order.fulfilment.put(replace(found, restocked=True))
        order.updated_at = now


def _status_after(order: Order) -> Status:
    ordered = {line.sku: line.quantity for line in order.lines}
    all_back = order.status is Status.DELIVERED and order.fulfilment.returned == ordered
    return Status.RETURNED if all_back else order.status
