"""Take the command to refund an order's payment, in whole or in part.

A refund of the whole before anything was captured is a void, and is remembered as one. Called
by the consumer of `payments.commands` in its unit of work.
"""

from uuid import UUID

from chassis.ids import uuid7
from payments.application.queue_operation import queue_operation
from payments.application.unit_of_work import UnitOfWork
from payments.domain.errors import PaymentNotFound
from payments.domain.money import Money
from payments.domain.operation import Kind
from payments.domain.payment import Payment


async def refund_payment(order_id: UUID, amount: Money | None, uow: UnitOfWork) -> None:
    """Queue the refund of the amount, or of all that is left of what was captured.

    Raises PaymentNotFound for a part of nothing, and what `Payment.next_call` raises.
    """
    payment = await uow.payments.of_order(order_id)
    if payment is not None:
        await queue_operation(payment, Kind.REFUND, amount, uow)
    elif amount is None:
        await uow.payments.add(Payment.forestalled(uuid7(), order_id))
    else:
        raise PaymentNotFound(f"Order {order_id} has no payment to refund.")
