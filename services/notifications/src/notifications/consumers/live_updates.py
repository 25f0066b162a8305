"""Handlers of `orders.events` for those who follow an order: each event is a step.

They have a consumer of their own, which works in Redis: while that is away, mails go on.
"""

from collections.abc import Mapping
from typing import Protocol

from chassis.delivery import ConsumerUnitOfWork, Handler
from chassis.envelope import Event
from notifications.consumers.order_events import STEPS, status_after
from notifications.domain.disclosure import ORDER, disclosed
from notifications.domain.order_update import OrderUpdate


class FeedUnitOfWork(ConsumerUnitOfWork, Protocol):
    """What the handlers work in."""

    def add(self, update: OrderUpdate) -> None:
        """Keeps a step for the commit."""
        ...


def handlers() -> Mapping[str, Handler[FeedUnitOfWork]]:
    """Returns the handlers by event type."""
    return dict.fromkeys(STEPS, _happened)


async def _happened(event: Event, work: FeedUnitOfWork) -> None:
    step = STEPS[event.type]
    data = event.parse(step.model)
    details = disclosed(event.type, event.data)
    del details[ORDER]
    work.add(
        OrderUpdate(
            order_id=data.order.order_id,
            version=event.sequence,
            event_type=event.type,
            status=status_after(step, data),
            at=event.time,
            details=details,
        )
    )
