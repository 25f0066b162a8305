"""Handlers of `payments.events`: money went back.

The event names the order only; whoever placed it is told.
"""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.delivery import Handler
from chassis.envelope import Event
from notifications.application.write_message import Cause, Notice, tell_about_refund
from notifications.consumers.unit_of_work import ConsumedUnitOfWork
from notifications.domain.message import Template

TOPIC = "payments.events"


class Amount(BaseModel):
    """Minor units and the currency's code."""

    amount: Annotated[int, Field(strict=True)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class PaymentRefunded(BaseModel):
    """The data of `payments.payment_refunded.v1`."""

    order_id: UUID
    amount: Amount


def handlers(mail_domain: str) -> Mapping[str, Handler[ConsumedUnitOfWork]]:
    """Returns the handlers by event type."""

    async def refunded(event: Event, uow: ConsumedUnitOfWork) -> None:
        refund = event.parse(PaymentRefunded)
        notice = Notice(Template.PAYMENT_REFUNDED, {"amount": refund.amount.model_dump()})
        await tell_about_refund(refund.order_id, notice, Cause(event.id, mail_domain), uow)

    return {"payments.payment_refunded.v1": refunded}
