"""Take the command to capture what was authorised for an order, when it is dispatched.

Called by the consumer of `payments.commands` in its unit of work.
"""

from uuid import UUID

from payments.application.queue_operation import queue_operation
from payments.application.unit_of_work import UnitOfWork
from payments.domain.errors import PaymentNotFound
from payments.domain.operation import Kind


async def capture_payment(order_id: UUID, uow: UnitOfWork) -> None:
    """Queue the capture; raises PaymentNotFound where nothing was ever authorised."""
    payment = await uow.payments.of_order(order_id)
    if payment is None:
        raise PaymentNotFound(f"Order {order_id} has no payment to capture.")
    await queue_operation(payment, Kind.CAPTURE, None, uow)
