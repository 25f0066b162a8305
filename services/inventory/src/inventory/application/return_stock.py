"""What a customer sent back goes on the shelf again, once for each return.

Called by the consumer of `inventory.commands`. Only what the order bought can come back.
"""

from dataclasses import dataclass
from uuid import UUID

from inventory.domain.errors import ReservationNotFound
from inventory.domain.ports import UnitOfWork
from inventory.domain.reservation import Lines


@dataclass(frozen=True, slots=True)
class ReturnStock:
    """Take these units back. `id` is the message's id, which the movements will name."""

    id: UUID
    order_id: UUID
    return_id: UUID
    lines: Lines


async def return_stock(command: ReturnStock, uow: UnitOfWork) -> None:
    """Restocks, or answers again for a return that is in already.

    Raises ReservationNotFound or MoreReturnedThanSold: errors of the message.
    """
    reservation = await uow.reservations.get(command.order_id)
    if reservation is None:
        raise ReservationNotFound(command.order_id)
    shelf = await uow.stocks.lock(command.lines)
    reservation.take_back(command.return_id, command.lines, shelf, command.id)
