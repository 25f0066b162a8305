"""An event is written down for every webhook that wants it, in the transaction that takes it in.

Called by the consumers, so that neither a crash nor an endpoint that is away loses it.
"""

import json

from chassis.clock import utcnow
from chassis.envelope import Event
from notifications.domain.delivery import LOG_KEPT, PATIENCE
from notifications.domain.disclosure import disclosed
from notifications.domain.webhook_ports import Deliveries, News


def offer_event(event: Event, deliveries: Deliveries) -> None:
    """Makes the message once, in the form that Standard Webhooks proposes.

    What happened before the log of deliveries begins was sent in its time: such an event comes
    again only when somebody reads the topics from their beginning.
    """
    if utcnow() - event.time > LOG_KEPT - PATIENCE:
        return
    message = {
        "type": event.type,
        "timestamp": event.time.isoformat().replace("+00:00", "Z"),
        "data": disclosed(event.type, event.data),
    }
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    deliveries.offer(News(event.id, event.type, event.time, body))
