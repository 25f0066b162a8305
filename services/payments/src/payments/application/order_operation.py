"""Staff asks for a capture, a void or a refund; the API's POST routes call this.

The answer is 202 with the operation's address: the worker asks the provider afterwards.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.ids import uuid7
from payments.application.unit_of_work import UnitOfWork
from payments.domain.errors import PaymentBusy, PaymentError, PaymentNotFound
from payments.domain.money import Money
from payments.domain.operation import Kind, Operation


@dataclass(frozen=True, slots=True)
class OrderedOperation:
    """`amount` None means all: of what is held, or of what can still be refunded."""

    payment_id: UUID
    kind: Kind
    amount: Money | None = None
    final: bool = True


async def order_operation(
    wanted: OrderedOperation, key: IdempotencyKey, uow: UnitOfWork
) -> StoredAnswer:
    """Record the operation together with its idempotency key and commit.

    A twin may have committed since we looked at the key, and be what now stands in the way: then
    its answer is ours too. Raises PaymentNotFound, PaymentBusy while another operation is under
    way, NotCapturable, NotVoidable, NotRefundable, CaptureExceedsAuthorised,
    RefundExceedsCaptured, CurrencyMismatch, KeyReused, KeyInFlight.
    """
    async with uow:
        stored = await uow.idempotency.claim(key)
        if stored is not None:
            return stored
        try:
            operation = await _possible(wanted, uow)
        except PaymentError:
            stored = await uow.idempotency.find(key)
            if stored is None:
                raise
            return stored
        await uow.operations.add(operation)
        address = f"/v1/payments/{operation.payment_id}/operations/{operation.id}"
        answer = StoredAnswer(202, address)
        await uow.idempotency.store(key, answer)
        await uow.commit()
        return answer


async def _possible(wanted: OrderedOperation, uow: UnitOfWork) -> Operation:
    payment = (await uow.payments.lock([wanted.payment_id])).get(wanted.payment_id)
    if payment is None:
        raise PaymentNotFound(f"There is no payment {wanted.payment_id}.")
    if await uow.operations.any_waiting(payment.id):
        raise PaymentBusy("Another operation of this payment is still with the provider.")
    payment.require(wanted.kind)
    operation = Operation(uuid7(), payment.id, wanted.kind, wanted.amount, final=wanted.final)
    payment.next_call(operation)
    return operation
