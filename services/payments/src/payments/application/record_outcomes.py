"""Write what came of operations: payment, ledger, reply and the operation's end, in one commit.

The provider desk calls it with all outcomes that are ready, so that under load one transaction
serves many; each keeps the conversation and the trace of the command that asked for it. An
operation that somebody else ended meanwhile, because our lease ran out or the provider's
notification was quicker, is passed over.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from uuid import UUID

from chassis.ids import uuid7
from payments.application.carry_out import (
    Answered,
    AnsweredLater,
    Impossible,
    NothingToDo,
    Outcome,
    Unanswered,
)
from payments.application.unit_of_work import UnitOfWork
from payments.domain.ledger import Posting
from payments.domain.operation import Approved, Declined, Ended, Kind, Operation, Stage
from payments.domain.payment import Payment
from payments.domain.ports import Claimed, Origin
from payments.domain.replies import answer_again

Resume = Callable[[Origin], AbstractContextManager[None]]


Finished = Answered | NothingToDo | Impossible


async def record_outcomes(outcomes: Sequence[Outcome], uow: UnitOfWork, resume: Resume) -> None:
    """Record all of them and commit; `resume` goes on with an origin's conversation and trace."""
    async with uow:
        await write_outcomes(outcomes, uow, resume)
        await uow.commit()


async def write_outcomes(outcomes: Sequence[Outcome], uow: UnitOfWork, resume: Resume) -> None:
    """Record all of them in a unit of work that is open."""
    payments = await uow.payments.lock([o.claimed.payment.id for o in outcomes])
    waiting = await uow.operations.waiting_among([o.claimed.operation.id for o in outcomes])
    ended: list[Ended] = []
    changed: dict[UUID, Payment] = {}
    postings: list[tuple[Claimed, Posting]] = []
    for outcome in outcomes:
        claimed = outcome.claimed
        if claimed.operation.id not in waiting:
            continue
        if isinstance(outcome, Unanswered | AnsweredLater):
            await _postpone(outcome, uow)
            continue
        waiting.remove(claimed.operation.id)
        payment = changed[claimed.payment.id] = payments[claimed.payment.id]
        with resume(claimed.origin):
            ending, posting = _apply(outcome, payment)
            await _go_on(outcome, payment, uow)
            uow.flush()
        ended.append(ending)
        if posting is not None:
            postings.append((claimed, posting))
    await uow.payments.save(list(changed.values()))
    await uow.ledger.post(postings)
    await uow.operations.finish(ended)


async def _postpone(outcome: Unanswered | AnsweredLater, uow: UnitOfWork) -> None:
    reference = outcome.reference if isinstance(outcome, AnsweredLater) else None
    await uow.operations.postpone(outcome.claimed.operation.id, outcome.delay, reference)


async def _go_on(outcome: Finished, payment: Payment, uow: UnitOfWork) -> None:
    """To undo a payment that was captured in part takes two calls: a void, and then a refund."""
    if not isinstance(outcome, Answered) or outcome.claimed.operation.kind is not Kind.UNDO:
        return
    if isinstance(outcome.answer, Approved) and payment.captured > payment.refunded:
        await uow.operations.add(Operation(uuid7(), payment.id, Kind.UNDO))


def _apply(outcome: Finished, payment: Payment) -> tuple[Ended, Posting | None]:
    operation = outcome.claimed.operation
    match outcome:
        case Impossible(reason=reason):
            payment.refuse(operation, reason)
            return Ended(operation.id, Stage.FAILED, reason), None
        case NothingToDo():
            answer_again(payment, operation)
            return Ended(operation.id, Stage.DONE), None
        case Answered(call=call, answer=answer):
            posting = payment.settle(operation, call, answer)
            if isinstance(answer, Declined) and call.kind is not Kind.AUTHORISE:
                return Ended(operation.id, Stage.FAILED, answer.reason), posting
            moved = call.amount if call.kind in (Kind.CAPTURE, Kind.REFUND) else None
            return Ended(operation.id, Stage.DONE, moved=moved), posting
