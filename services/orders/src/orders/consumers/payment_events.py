"""What payments answers to the saga's commands, and what it says of charges and refunds.

Bootstrap starts it as part of the saga's consumer group.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from chassis.delivery import Handler
from orders.application.ports import UnitOfWork
from orders.consumers.reading import AboutOrder, Amount, taking_in, telling
from orders.domain import payment
from orders.domain.order import Order
from orders.domain.saga import Answer

TOPIC = "payments.events"


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


def captured(order: Order, data: Captured, now: datetime) -> None:
    """Takes in that money was taken."""
    payment.payment_captured(order, data.moved(), now)


def capture_failed(order: Order, data: CaptureFailed, now: datetime) -> None:
    """Keeps why a shipment's money is missing."""
    payment.capture_failed(order, data.shipment_id, data.reason, now)


def refunded(order: Order, data: Refunded, now: datetime) -> None:
    """Takes in that money went back."""
    payment.payment_refunded(order, data.moved(), now)


def refund_failed(order: Order, data: RefundFailed, now: datetime) -> None:
    """Ends a refund that came to nothing."""
    payment.refund_failed(order, data.refund_id, data.reason, now)


HANDLERS: Mapping[str, Handler[UnitOfWork]] = {
    "payments.payment_authorised.v1": telling(Answer.PAYMENT_AUTHORISED),
    "payments.payment_declined.v1": telling(Answer.PAYMENT_DECLINED),
    "payments.payment_voided.v1": telling(Answer.PAYMENT_VOIDED),
    "payments.payment_captured.v1": taking_in(Captured, captured),
    "payments.capture_failed.v1": taking_in(CaptureFailed, capture_failed),
    "payments.payment_refunded.v1": taking_in(Refunded, refunded),
    "payments.refund_failed.v1": taking_in(RefundFailed, refund_failed),
}
