"""Gives money back for an order, goods or no goods. Called by the API for support.

payment.py keeps the limit: what was taken, less what went back or is on its way back.
"""

from dataclasses import dataclass
from datetime import datetime

from chassis.ids import uuid7
from orders.application.change_order import Changed, ChangeRequest, change_order, location_of
from orders.application.ports import UnitOfWork
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.payment import request_refund


@dataclass(frozen=True, slots=True)
class WantedRefund:
    """How much, all that is left for None, and why."""

    amount: Money | None
    reason: str


async def refund_order(
    request: ChangeRequest, wanted: WantedRefund, uow: UnitOfWork, now: datetime
) -> Changed:
    """Raises OrderCannotBeRefunded, RefundCurrencyDiffers, RefundTooLarge, and the rest."""

    def move(order: Order) -> str:
        made = request_refund(order, uuid7(), wanted.amount, wanted.reason, now)
        return location_of(order.id, "refunds", made.id)

    return await change_order(request, uow, move)
