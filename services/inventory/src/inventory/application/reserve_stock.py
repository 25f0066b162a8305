"""The saga's first step: hold stock for an order, all of its lines or none.

Called by the consumer of `inventory.commands`, which opened the unit of work and commits it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory.domain.ports import UnitOfWork
from inventory.domain.reservation import Lines, Reservation


@dataclass(frozen=True, slots=True)
class ReserveStock:
    """Hold these units until then. `id` is the message's id, which the movements will name."""

    id: UUID
    order_id: UUID
    lines: Lines
    until: datetime


async def reserve_stock(command: ReserveStock, uow: UnitOfWork) -> None:
    """Holds the stock or rejects the order; a command seen before is only answered again."""
    known = await uow.reservations.get(command.order_id)
    if known is not None:
        known.answer()
        return
    shelf = await uow.stocks.lock(command.lines)
    reservation = Reservation.make(
        command.order_id, command.lines, shelf, until=command.until, cause=command.id
    )
    uow.reservations.add(reservation)
