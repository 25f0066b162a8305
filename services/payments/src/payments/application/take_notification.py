"""Take what the provider tells us unasked: the late answer to a call, or the end of a hold.

The webhook's route calls it. The event's id is recorded together with the effect, so an event has
one effect however often it is sent; an answer that the desk has already fetched has none.
"""

from dataclasses import replace
from uuid import UUID

from chassis.ids import uuid7
from payments.application.carry_out import Answered
from payments.application.record_outcomes import Resume, write_outcomes
from payments.application.unit_of_work import UnitOfWork
from payments.domain.operation import Answer, Kind, Operation
from payments.domain.ports import Notification


async def take_notification(
    provider: str, told: Notification, uow: UnitOfWork, resume: Resume
) -> None:
    """Do what follows from it, once, and commit."""
    async with uow:
        if not await uow.first_time(provider, told.id):
            return
        if told.key is not None and told.answer is not None:
            await _answer(told.key, told.answer, uow, resume)
        elif told.key is not None and told.hold_ended:
            await _end_hold(told.key, uow)
        await uow.commit()


async def _answer(key: UUID, answer: Answer, uow: UnitOfWork, resume: Resume) -> None:
    claimed = await uow.operations.waiting(key)
    if claimed is None:
        return
    locked = await uow.payments.lock([claimed.payment.id])
    payment = locked[claimed.payment.id]
    call = payment.next_call(claimed.operation)
    if call is not None:
        await write_outcomes(
            [Answered(replace(claimed, payment=payment), call, answer)], uow, resume
        )


async def _end_hold(key: UUID, uow: UnitOfWork) -> None:
    """The hold lapsed or was given up over there; a void has our books follow."""
    payment_id = await uow.operations.payment_of(key)
    if payment_id is None:
        return
    payment = (await uow.payments.lock([payment_id]))[payment_id]
    if payment.is_holding:
        await uow.operations.add(Operation(uuid7(), payment_id, Kind.VOID))
