"""Asks for goods to be taken back, takes them in, or refuses them. Called by the API.

The buyer asks for their own order, the staff for anyone's. returns.py decides; what is received is
put on the shelf by inventory and paid back by payments.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.ids import uuid7
from orders.application.change_order import Changed, ChangeRequest, change_order, location_of
from orders.application.ports import UnitOfWork
from orders.domain.fulfilment import Quantities
from orders.domain.order import Order
from orders.domain.returns import receive_return as receive
from orders.domain.returns import refuse_return as refuse
from orders.domain.returns import request_return as ask


@dataclass(frozen=True, slots=True)
class WantedReturn:
    """Which units come back, and why."""

    quantities: Quantities
    reason: str


async def request_return(
    request: ChangeRequest, wanted: WantedReturn, uow: UnitOfWork, now: datetime
) -> Changed:
    """Raises OrderCannotBeReturned, NothingLeft, MoreThanLeft, and what `change_order` raises."""

    def move(order: Order) -> str:
        made = ask(order, uuid7(), wanted.quantities, wanted.reason, now)
        return location_of(order.id, "returns", made.id)

    return await change_order(request, uow, move)


async def receive_return(
    request: ChangeRequest, return_id: UUID, uow: UnitOfWork, now: datetime
) -> Changed:
    """Raises OrderCannotBeReturned, ReturnNotFound, ReturnClosed, and the rest."""

    def move(order: Order) -> str:
        receive(order, return_id, uuid7(), now)
        return location_of(order.id, "returns", return_id)

    return await change_order(request, uow, move)


async def refuse_return(
    request: ChangeRequest, return_id: UUID, reason: str, uow: UnitOfWork, now: datetime
) -> Changed:
    """Raises OrderCannotBeReturned, ReturnNotFound, ReturnClosed, and the rest."""

    def move(order: Order) -> str:
        refuse(order, return_id, reason, now)
        return location_of(order.id, "returns", return_id)

    return await change_order(request, uow, move)
