"""What notifications says: which mails went out about an order, for its timeline.

Bootstrap starts it as a consumer group of its own, so that no mail holds up a saga.
"""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel

from chassis.delivery import Handler
from chassis.envelope import Event
from orders.application.ports import UnitOfWork
from orders.application.timeline import Entry, Kind

TOPIC = "notifications.events"


class MessageSent(BaseModel):
    """The mail server took a message; one about an account names no order."""

    message_id: UUID
    order_id: UUID | None
    template: str


async def message_sent(event: Event, uow: UnitOfWork) -> None:
    """Tells of the mail by its template and its own id."""
    data = event.parse(MessageSent)
    if data.order_id is not None:
        uow.timeline.add(Entry(data.order_id, Kind.MAIL, data.template, data.message_id))


HANDLERS: Mapping[str, Handler[UnitOfWork]] = {
    "notifications.message_sent.v1": message_sent,
}
