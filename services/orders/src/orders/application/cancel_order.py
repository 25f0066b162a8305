"""Takes an order back for its buyer or for the staff. Called by the API.

The order decides whether it may be; its saga then releases the stock and voids the payment,
whatever those have come to by now.
"""

from datetime import datetime

from orders.application.change_order import Changed, ChangeRequest, change_order
from orders.application.ports import UnitOfWork
from orders.domain.events import Actor
from orders.domain.order import Order


async def cancel_order(request: ChangeRequest, uow: UnitOfWork, now: datetime) -> Changed:
    """Raises OrderCannotBeCancelled, and what `change_order` raises."""

    def move(order: Order) -> None:
        is_own = request.caller == order.purchase.owner
        order.cancel(Actor.CUSTOMER if is_own else Actor.STAFF, now)

    return await change_order(request, uow, move)
