"""Take the command to authorise an order's payment: record the operation, or answer again.

Called by the consumer of `payments.commands` in its unit of work. The provider is asked later,
outside this transaction, by `carry_out`.
"""

from dataclasses import dataclass, field
from uuid import UUID

from chassis.ids import uuid7
from payments.application.unit_of_work import UnitOfWork
from payments.domain.card_numbers import looks_like_card_number
from payments.domain.money import Money
from payments.domain.operation import Kind, Operation
from payments.domain.payment import Payment
from payments.domain.replies import answer_again

CARD_NUMBER_REFUSED = "card_number_refused"


@dataclass(frozen=True, slots=True)
class AuthorisePayment:
    """Hold the amount for the order; the token stays out of every representation."""

    order_id: UUID
    amount: Money
    payment_token: str = field(repr=False)


async def authorise_payment(command: AuthorisePayment, uow: UnitOfWork) -> None:
    """Record the authorisation; a token that looks like a card number is declined unstored."""
    payment = await uow.payments.of_order(command.order_id)
    if payment is not None:
        answer_again(payment, Operation(uuid7(), payment.id, Kind.AUTHORISE))
        await uow.payments.save([payment])
        return
    payment = Payment(uuid7(), command.order_id, command.amount)
    if looks_like_card_number(command.payment_token):
        payment.decline(CARD_NUMBER_REFUSED)
        await uow.payments.add(payment)
        return
    if not command.amount.amount:
        payment.hold_nothing()
        await uow.payments.add(payment)
        return
    await uow.payments.add(payment)
    await uow.operations.add(
        Operation(uuid7(), payment.id, Kind.AUTHORISE, payment_token=command.payment_token)
    )
