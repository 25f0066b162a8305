"""What payments answers to the saga's commands, and what it says of charges and refunds.

Bootstrap starts it as part of the saga's consumer group.
"""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel

from chassis.clock import utcnow
from chassis.delivery import Handler
from chassis.envelope import Event
from orders.application.advance_saga import take_in
from orders.application.ports import UnitOfWork
from orders.application.timeline import heard
from orders.consumers.inventory_events import AboutOrder, telling
from orders.domain import payment
from orders.domain.money import Money
from orders.domain.saga import Answer

TOPIC = "payments.events"


class Amount(BaseModel):
    """Minor units and an ISO 4217 code."""

    amount: int
    currency: str

    def money(self) -> Money:
        """Returns the domain's value."""
        return Money(self.amount, self.currency)


class Captured(AboutOrder):
    """Money was taken, for a shipment unless somebody took it by hand."""

    amount: Amount
    shipment_id: UUID | None = None
    captured_total: Amount | None = None

    def moved(self) -> payment.Moved:
        """Returns what the order is told."""
        total = self.captured_total.money() if self.captured_total else None
        return payment.Moved(self.amount.money(), total, self.shipment_id)


class Refunded(AboutOrder):
    """Money went back, for a refund of ours unless somebody else asked for it."""

    amount: Amount
    refund_id: UUID | None = None
    refunded_total: Amount | None = None

    def moved(self) -> payment.Moved:
        """Returns what the order is told."""
        total = self.refunded_total.money() if self.refunded_total else None
        return payment.Moved(self.amount.money(), total, self.refund_id)


class CaptureFailed(AboutOrder):
    """A shipment's money could not be taken."""

    reason: str
    shipment_id: UUID | None = None


class RefundFailed(AboutOrder):
    """A refund came to nothing; one that we did not ask for has no id."""

    reason: str
    refund_id: UUID | None = None


async def payment_captured(event: Event, uow: UnitOfWork) -> None:
    """Takes in that money was taken."""
    data, now = event.parse(Captured), utcnow()
    uow.timeline.add(heard(data.order_id, event))
    moved = data.moved()
    await take_in(data.order_id, uow, lambda o: payment.payment_captured(o, moved, now))


async def capture_failed(event: Event, uow: UnitOfWork) -> None:
    """Keeps why a shipment's money is missing."""
    data, now = event.parse(CaptureFailed), utcnow()
    uow.timeline.add(heard(data.order_id, event))
    cause, reason = data.shipment_id, data.reason
    await take_in(data.order_id, uow, lambda o: payment.capture_failed(o, cause, reason, now))


async def payment_refunded(event: Event, uow: UnitOfWork) -> None:
    """Takes in that money went back."""
    data, now = event.parse(Refunded), utcnow()
    uow.timeline.add(heard(data.order_id, event))
    moved = data.moved()
    await take_in(data.order_id, uow, lambda o: payment.payment_refunded(o, moved, now))


async def refund_failed(event: Event, uow: UnitOfWork) -> None:
    """Ends a refund that came to nothing."""
    data, now = event.parse(RefundFailed), utcnow()
    uow.timeline.add(heard(data.order_id, event))
    refund_id, reason = data.refund_id, data.reason
    await take_in(data.order_id, uow, lambda o: payment.refund_failed(o, refund_id, reason, now))


HANDLERS: Mapping[str, Handler[UnitOfWork]] = {
    "payments.payment_authorised.v1": telling(Answer.PAYMENT_AUTHORISED),
    "payments.payment_declined.v1": telling(Answer.PAYMENT_DECLINED),
    "payments.payment_voided.v1": telling(Answer.PAYMENT_VOIDED),
    "payments.payment_captured.v1": payment_captured,
    "payments.capture_failed.v1": capture_failed,
    "payments.payment_refunded.v1": payment_refunded,
    "payments.refund_failed.v1": refund_failed,
}
