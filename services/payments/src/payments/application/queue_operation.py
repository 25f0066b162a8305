"""Record an operation for the provider, or answer at once where nothing is left to do.

The use cases that take commands share it. An operation behind another one of the same payment
waits its turn, and is judged by what it finds then.
"""

from uuid import UUID

from chassis.ids import uuid7
from payments.application.unit_of_work import UnitOfWork
from payments.domain.money import Money
from payments.domain.operation import Kind, Operation
from payments.domain.payment import Payment


async def queue_operation(
    payment: Payment, kind: Kind, amount: Money | None, uow: UnitOfWork
) -> UUID:
    """Return the operation's id; raises what `Payment.next_call` raises."""
    operation = Operation(uuid7(), payment.id, kind, amount)
    if not await uow.operations.any_waiting(payment.id) and payment.next_call(operation) is None:
        payment.answer_again(kind)
        await uow.payments.save([payment])
    else:
        await uow.operations.add(operation)
    return operation.id
