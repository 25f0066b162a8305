"""Take the command to capture what was authorised for an order, when a shipment is dispatched.

Called by the consumer of `payments.commands` in its unit of work. A capture that comes too late,
after the payment was voided or declined, is refused visibly: `capture_failed`.
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
class CapturePayment:
    """Take the amount, or all that is still held; if it is final the rest of the hold ends."""

    order_id: UUID
    shipment_id: UUID | None = None
    amount: Money | None = None
    final: bool = True


async def capture_payment(command: CapturePayment, uow: UnitOfWork) -> None:
    """Queue the capture, once for each shipment."""
    payment = await uow.payments.of_order(command.order_id)
    known = payment or Payment.never_authorised(uuid7(), command.order_id)
    wanted = Operation(
        uuid7(),
        known.id,
        Kind.CAPTURE,
        command.amount,
        subject_id=command.shipment_id,
        final=command.final,
    )
    if payment is not None:
        await queue_operation(payment, wanted, uow)
    else:
        known.refuse(wanted, PaymentNotFound.code)
        await uow.payments.add(known)
