"""Handlers of `orders.events`: what became of an order, told to whoever placed it.

Each step of the order's life has a line in `STEPS`. The order is learned from every one of them,
also from those that nobody is told of.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.delivery import Handler
from chassis.envelope import Event
from notifications.application.write_message import (
    Cause,
    Notice,
    learn_order,
    tell_about_order,
)
from notifications.consumers.order_models import (
    OrderCancelled,
    OrderEvent,
    OrderRejected,
    OrderShipped,
    Parcel,
    RefundFailed,
    ReturnReasoned,
    ReturnReceived,
)
from notifications.consumers.unit_of_work import ConsumedUnitOfWork
from notifications.domain.message import Template

TOPIC = "orders.events"


@dataclass(frozen=True, slots=True)
class Step:
    """How one event is read, what is told of it, and what the order's status is then.

    Without a template nobody is told; without a status it stays as it was.
    """

    model: type[OrderEvent]
    template: Template | None = None
    status: str | None = None


STEPS: Mapping[str, Step] = {
    # The confirmation follows in a moment.
    "orders.order_placed.v1": Step(OrderEvent, None, "pending"),
    "orders.order_confirmed.v1": Step(OrderEvent, Template.ORDER_CONFIRMED, "confirmed"),
    "orders.order_rejected.v1": Step(OrderRejected, Template.ORDER_REJECTED, "rejected"),
    "orders.order_cancelled.v1": Step(OrderCancelled, Template.ORDER_CANCELLED, "cancelled"),
    "orders.order_packed.v1": Step(OrderEvent, Template.ORDER_PACKED, "packed"),
    "orders.order_shipped.v1": Step(OrderShipped, Template.ORDER_SHIPPED, "shipped"),
    "orders.order_delivered.v1": Step(Parcel, Template.ORDER_DELIVERED, "delivered"),
    "orders.return_requested.v1": Step(ReturnReasoned, Template.RETURN_REQUESTED),
    "orders.return_received.v1": Step(ReturnReceived, Template.RETURN_RECEIVED, "returned"),
    "orders.return_refused.v1": Step(ReturnReasoned, Template.RETURN_REFUSED),
    # What went back is told of when payments says so: it knows of refunds without an order's too.
    "orders.order_refunded.v1": Step(OrderEvent),
    "orders.refund_failed.v1": Step(RefundFailed, Template.REFUND_FAILED),
}


def handlers(mail_domain: str) -> Mapping[str, Handler[ConsumedUnitOfWork]]:
    """Returns the handlers by event type."""
    return {kind: _handler(step, mail_domain) for kind, step in STEPS.items()}


def _handler(step: Step, mail_domain: str) -> Handler[ConsumedUnitOfWork]:
    async def handle(event: Event, uow: ConsumedUnitOfWork) -> None:
        data = event.parse(step.model)
        order = data.order.order(event.sequence, status_after(step, data))
        if step.template is None:
            learn_order(order, uow)
            return
        notice = Notice(step.template, data.details(), data.about)
        await tell_about_order(order, notice, Cause(event.id, mail_domain), uow)

    return handle


def status_after(step: Step, data: OrderEvent) -> str | None:
    """Returns the order's status after an event; None is the one that it had before."""
    if isinstance(data, OrderShipped) and not data.complete:
        return "partially_shipped"
    if isinstance(data, Parcel | ReturnReceived) and not data.complete:
        return None
    return step.status
