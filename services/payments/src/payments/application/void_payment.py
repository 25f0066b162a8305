"""Take the command to void an order's payment: the compensation of its authorisation.

It may come before, during or after the authorisation, and is remembered each time: before, no
charge will ever be made; during, it waits its turn; after, the hold is released and what was
captured is refunded. Called by the consumer of `payments.commands`.
"""

from uuid import UUID

from chassis.ids import uuid7
from payments.application.queue_operation import queue_operation
from payments.application.unit_of_work import UnitOfWork
from payments.domain.operation import Kind, Operation
from payments.domain.payment import Payment
from payments.domain.status import Status


async def void_payment(order_id: UUID, uow: UnitOfWork) -> None:
    """See that nothing is, or stays, charged for the order."""
    payment = await uow.payments.of_order(order_id)
    if payment is None:
        await uow.payments.add(Payment.forestalled(uuid7(), order_id))
    elif payment.status is Status.PENDING and await uow.operations.withdraw(payment.id):
        payment.void_uncharged()
        await uow.payments.save([payment])
    else:
        await queue_operation(payment, Operation(uuid7(), payment.id, Kind.UNDO), uow)
