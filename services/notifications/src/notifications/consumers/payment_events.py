"""Handlers of `payments.events`: money went back, or could not be taken.

The events name the order only; whoever placed it is told.
"""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel

from chassis.delivery import Handler
from chassis.envelope import Event
from notifications.application.write_message import Cause, Notice, tell_about_payment
from notifications.consumers.order_models import Amount
from notifications.consumers.unit_of_work import ConsumedUnitOfWork
from notifications.domain.message import Template

TOPIC = "payments.events"


class PaymentRefunded(BaseModel):
    """The data of `payments.payment_refunded.v1`; a refund by hand has no `refund_id`."""

    order_id: UUID
    amount: Amount
    refund_id: UUID | None = None
    refunded_total: Amount | None = None


class CaptureFailed(BaseModel):
    """The data of `payments.capture_failed.v1`."""

    order_id: UUID
    shipment_id: UUID | None = None


def handlers(mail_domain: str) -> Mapping[str, Handler[ConsumedUnitOfWork]]:
    """Returns the handlers by event type."""

    async def refunded(event: Event, uow: ConsumedUnitOfWork) -> None:
        refund = event.parse(PaymentRefunded)
        details = {
            "amount": refund.amount.model_dump(),
            "refunded_total": (refund.refunded_total or refund.amount).model_dump(),
        }
        notice = Notice(Template.PAYMENT_REFUNDED, details, refund.refund_id or event.id)
        await tell_about_payment(refund.order_id, notice, Cause(event.id, mail_domain), uow)

    async def capture_failed(event: Event, uow: ConsumedUnitOfWork) -> None:
        failed = event.parse(CaptureFailed)
        notice = Notice(Template.CAPTURE_FAILED, {}, failed.shipment_id)
        await tell_about_payment(failed.order_id, notice, Cause(event.id, mail_domain), uow)

    return {
        "payments.payment_refunded.v1": refunded,
        "payments.capture_failed.v1": capture_failed,
    }
