"""The saga's pivot: what was held is sold, and only this reply confirms the order.

Called by the consumer of `inventory.commands`. A hold that has expired meanwhile is answered
with its expiry, and the saga voids the payment.
"""

from dataclasses import dataclass
from uuid import UUID

from inventory.domain.errors import ReservationNotFound
from inventory.domain.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class CommitStock:
    """Sell what is held. `id` is the message's id, which the movements will name."""

    id: UUID
    order_id: UUID


async def commit_stock(command: CommitStock, uow: UnitOfWork) -> None:
    """Commits a hold or answers with its state. Raises ReservationNotFound: nothing was asked."""
    reservation = await uow.reservations.get(command.order_id)
    if reservation is None:
        raise ReservationNotFound(command.order_id)
    shelf = await uow.stocks.lock(reservation.lines)
    reservation.commit(shelf, command.id)
