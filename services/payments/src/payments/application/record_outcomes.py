"""Write what came of operations: payment, ledger, reply and the operation's end, in one commit.

The provider desk calls it with all outcomes that are ready, so that under load one transaction
serves many; each keeps the conversation and the trace of the command that asked for it. An
operation that another process ended meanwhile, because our lease ran out, is passed over.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from payments.application.carry_out import Answered, Impossible, NothingToDo, Outcome, Unanswered
from payments.application.unit_of_work import UnitOfWork
from payments.domain.ledger import Posting
from payments.domain.operation import Declined, Kind, Stage
from payments.domain.payment import Payment
from payments.domain.ports import Claimed, Ended, Origin

Resume = Callable[[Origin], AbstractContextManager[None]]


async def record_outcomes(outcomes: Sequence[Outcome], uow: UnitOfWork, resume: Resume) -> None:
    """Record all of them and commit; `resume` goes on with an origin's conversation and trace."""
    async with uow:
        payments = await uow.payments.lock([o.claimed.payment.id for o in outcomes])
        waiting = await uow.operations.waiting_among([o.claimed.operation.id for o in outcomes])
        ended: list[Ended] = []
        postings: list[tuple[Claimed, Posting]] = []
        for outcome in outcomes:
            claimed = outcome.claimed
            if claimed.operation.id not in waiting:
                continue
            if isinstance(outcome, Unanswered):
                await uow.operations.postpone(claimed.operation.id, outcome.delay)
                continue
            waiting.remove(claimed.operation.id)
            with resume(claimed.origin):
                ending, posting = _apply(outcome, payments[claimed.payment.id])
                uow.flush()
            ended.append(ending)
            if posting is not None:
                postings.append((claimed, posting))
        await uow.payments.save(list(payments.values()))
        await uow.ledger.post(postings)
        await uow.operations.finish(ended)
        await uow.commit()


def _apply(
    outcome: Answered | NothingToDo | Impossible, payment: Payment
) -> tuple[Ended, Posting | None]:
    operation = outcome.claimed.operation
    match outcome:
        case Impossible(reason=reason):
            return Ended(operation.id, Stage.FAILED, reason), None
        case NothingToDo():
            payment.answer_again(operation.kind)
            return Ended(operation.id, Stage.DONE), None
        case Answered(call=call, answer=answer):
            posting = payment.settle(call, answer)
            if isinstance(answer, Declined) and call.kind is not Kind.AUTHORISE:
                return Ended(operation.id, Stage.FAILED, answer.reason), posting
            return Ended(operation.id, Stage.DONE), posting
