"""The compensation of reserving: whatever the order holds or bought goes back on the shelf.

Called by the consumer of `inventory.commands`. It may come before, during or after the step
that it undoes, and more than once.
"""

from dataclasses import dataclass
from uuid import UUID

from inventory.domain.ports import UnitOfWork
from inventory.domain.reservation import Reservation


@dataclass(frozen=True, slots=True)
class ReleaseStock:
    """Undo the reservation. `id` is the message's id, which the movements will name."""

    id: UUID
    order_id: UUID


async def release_stock(command: ReleaseStock, uow: UnitOfWork) -> None:
    """Releases or restocks; where no reservation is yet, remembers that there shall be none."""
    reservation = await uow.reservations.get(command.order_id)
    if reservation is None:
        uow.reservations.add(Reservation.released_in_advance(command.order_id))
        return
    shelf = await uow.stocks.lock(reservation.lines)
    reservation.release(shelf, command.id)
