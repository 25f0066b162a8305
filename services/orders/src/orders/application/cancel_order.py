"""Takes an order back for its buyer or for the staff. Called by the API.

The order decides whether it may be; its saga then releases the stock and voids the payment,
whatever those have come to by now.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.idempotency import IdempotencyKey, StoredAnswer
from orders.application.place_order import location_of
from orders.application.ports import UnitOfWork
from orders.application.views import OrderView
from orders.domain.errors import OrderNotFound
from orders.domain.events import Actor
from orders.domain.owner import Owner


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """`owner` is who asks; `is_staff` says that they may cancel anyone's order."""

    order_id: UUID
    owner: Owner
    is_staff: bool = False
    key: IdempotencyKey | None = None


async def cancel_order(command: CancelOrder, uow: UnitOfWork, now: datetime) -> OrderView:
    """Returns the order as cancelled; a repetition with the same key returns it as it is.

    Raises OrderNotFound for another's order too, OrderCannotBeCancelled, KeyReused, KeyInFlight.
    """
    async with uow:
        stored = await uow.idempotency.claim(command.key) if command.key else None
        order = await uow.orders.get(command.order_id)
        is_own = command.owner == order.purchase.owner
        if not is_own and not command.is_staff:
            raise OrderNotFound
        if stored is None:
            order.cancel(Actor.CUSTOMER if is_own else Actor.STAFF, now)
            if command.key:
                await uow.idempotency.store(command.key, StoredAnswer(200, location_of(order.id)))
            await uow.commit()
        return OrderView.of(order)
