"""How notifications' domain events become messages, as `contracts/events/notifications/` says.

The unit of work calls it at commit.
"""

from chassis.envelope import Event, new_event
from notifications.domain.message import MessageSent

TOPIC = "notifications.events"
SOURCE = "/services/notifications"


def sent(event: MessageSent) -> Event:
    """Tells that the mail server took a message; holds neither address nor words."""
    return new_event(
        source=SOURCE,
        type="notifications.message_sent.v1",
        subject=str(event.message_id),
        sequence=event.version,
        data={
            "message_id": str(event.message_id),
            "order_id": str(event.order_id) if event.order_id else None,
            "template": event.template.value,
            "message_header_id": event.header_id,
        },
    )
