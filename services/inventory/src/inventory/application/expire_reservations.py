"""Holds that nobody committed in time give their stock back.

Called by the expiry worker. Holds that a command is working on are locked and left to it, so a
commit that arrives in the last moment and the expiry exclude each other.
"""

from datetime import datetime
from uuid import UUID

from chassis.context import conversation
from chassis.ids import uuid7
from chassis.telemetry import extract, tracer
from inventory.domain.ports import OverdueHold, UnitOfWork
from inventory.domain.reservation import Shelf

BATCH = 50
"""How many holds one transaction ends; the stock of all of them is locked together."""


async def expire_reservations(now: datetime, uow: UnitOfWork) -> bool:
    """Ends up to BATCH overdue holds; returns whether there may be more."""
    async with uow:
        overdue = await uow.reservations.claim_overdue(now, BATCH)
        if not overdue:
            return False
        skus = {sku for hold in overdue for sku in hold.reservation.lines}
        await uow.stocks.lock(skus)
        for hold in overdue:
            _expire(hold, await uow.stocks.lock(hold.reservation.lines), now, uow)
        await uow.commit()
    return len(overdue) == BATCH


def _expire(hold: OverdueHold, shelf: Shelf, now: datetime, uow: UnitOfWork) -> None:
    """Tells the saga in the conversation and the trace in which the hold was made."""
    cause: UUID = uuid7()
    span = tracer().start_as_current_span("expire reservation", context=extract(hold.traceparent))
    with span, conversation(hold.correlation_id):
        hold.reservation.expire(shelf, now, cause)
        uow.flush()
