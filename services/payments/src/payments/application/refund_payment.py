"""Take the command to refund an order's payment, in whole or in part.

A refund of the whole before anything was captured is a void, and is remembered as one. Called
by the consumer of `payments.commands` in its unit of work.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.ids import uuid7
from payments.application.queue_operation import queue_operation
from payments.application.unit_of_work import UnitOfWork
from payments.domain.errors import PaymentNotFound
from payments.domain.money import Money
from payments.domain.operation import Kind, Operation
from payments.domain.payment import Payment


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Send the amount back, or all that is left of what was captured."""

    order_id: UUID
    refund_id: UUID | None = None
    amount: Money | None = None

    @property
    def undoes_all(self) -> bool:
        """Whether it also means what was never captured."""
        return self.amount is None and self.refund_id is None


async def refund_payment(command: RefundPayment, uow: UnitOfWork) -> None:
    """Queue the refund, once for each refund id; one that is impossible is answered as failed."""
    payment = await uow.payments.of_order(command.order_id)
    if payment is None and command.undoes_all:
        await uow.payments.add(Payment.forestalled(uuid7(), command.order_id))
        return
    known = payment or Payment.never_authorised(uuid7(), command.order_id)
    wanted = Operation(uuid7(), known.id, Kind.REFUND, command.amount, subject_id=command.refund_id)
    if payment is not None:
        await queue_operation(payment, wanted, uow)
    else:
        known.refuse(wanted, PaymentNotFound.code)
        await uow.payments.add(known)
