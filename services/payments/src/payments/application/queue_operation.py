"""Record an operation for the provider, or answer at once where nothing is left to do.

The use cases that take the saga's commands share it. An operation behind another one of the same
payment waits its turn, and is judged by what it finds then. One for a shipment or a refund is
kept however it ends, so that the same command again has the same answer and no effect.
"""

from payments.application.unit_of_work import UnitOfWork
from payments.domain.errors import PaymentError
from payments.domain.operation import Ended, Operation, Stage
from payments.domain.payment import Payment
from payments.domain.replies import answer_again, repeat


async def queue_operation(payment: Payment, wanted: Operation, uow: UnitOfWork) -> None:
    """Queue it unless it was asked for before; what is impossible is answered as failed."""
    if await _asked_before(payment, wanted, uow):
        return
    if await uow.operations.any_waiting(payment.id):
        await uow.operations.add(wanted)
        return
    ended = _end_at_once(payment, wanted)
    if ended is None or wanted.subject_id is not None:
        await uow.operations.add(wanted, ended)
    if ended is not None:
        await uow.payments.save([payment])


async def _asked_before(payment: Payment, wanted: Operation, uow: UnitOfWork) -> bool:
    if wanted.subject_id is None:
        return False
    known = await uow.operations.for_subject(payment.id, wanted.kind, wanted.subject_id)
    if known is None:
        return False
    operation, ended = known
    if ended.stage is not Stage.WAITING:
        repeat(payment, operation, ended)
        await uow.payments.save([payment])
    return True


def _end_at_once(payment: Payment, wanted: Operation) -> Ended | None:
    """None when the provider has to be asked."""
    try:
        if payment.next_call(wanted) is not None:
            return None
    except PaymentError as refusal:
        payment.refuse(wanted, refusal.code)
        return Ended(wanted.id, Stage.FAILED, refusal.code)
    answer_again(payment, wanted)
    return Ended(wanted.id, Stage.DONE)
