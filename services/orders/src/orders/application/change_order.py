"""What every change of an order by a request has in common: the key, the lock, the timeline.

The use cases of an order's later life are this with a move of the domain each. Nothing is changed
for a caller to whom the order does not exist, or by a request that was answered before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from chassis.etags import matches
from chassis.idempotency import IdempotencyKey, StoredAnswer
from orders.application.order_views import OrderView
from orders.application.ports import UnitOfWork
from orders.application.timeline import Party, asked
from orders.domain.errors import OrderChanged, OrderNotFound
from orders.domain.order import Order
from orders.domain.owner import Owner


@dataclass(frozen=True, slots=True)
class Condition:
    """The order is only changed as it was seen: If-Match, and its entity tag for the caller."""

    if_match: str
    etag_of: Callable[[OrderView], str]

    def must_hold(self, order: Order) -> None:
        """Raises OrderChanged."""
        etag = self.etag_of(OrderView.of(order))
        if not matches(self.if_match, etag):
            raise OrderChanged(etag)


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """Who asks for which operation; `is_staff` says that they may do it to anyone's order.

    `status` is that of the answer, kept with the key.
    """

    order_id: UUID
    operation: str
    caller: Owner
    is_staff: bool = True
    key: IdempotencyKey | None = None
    status: int = 200
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The order as it is now, and where what was made or changed can be read."""

    order: OrderView
    location: str


def location_of(order_id: UUID, *rest: object) -> str:
    """Returns where the order is, or a part of it, as the Location header field says it."""
    return "/".join(["/v1/orders", str(order_id), *map(str, rest)])


async def change_order(
    request: ChangeRequest, uow: UnitOfWork, move: Callable[[Order], str | None]
) -> Changed:
    """Makes the move once for each key; it returns the location of what it made, if anything.

    Raises OrderNotFound for another's order too, OrderChanged, what the move raises, KeyReused and
    KeyInFlight.
    """
    async with uow:
        stored = await uow.idempotency.claim(request.key) if request.key else None
        order = await uow.orders.get(request.order_id)
        if request.caller != order.purchase.owner and not request.is_staff:
            raise OrderNotFound
        if stored is not None:
            return Changed(OrderView.of(order), stored.location or location_of(order.id))
        if request.condition is not None:
            request.condition.must_hold(order)
        location = move(order) or location_of(order.id)
        actor = Party.of(request.caller, order.purchase.owner)
        uow.timeline.add(asked(order.id, request.operation, actor))
        if request.key:
            await uow.idempotency.store(request.key, StoredAnswer(request.status, location))
        await uow.commit()
        return Changed(OrderView.of(order), location)
