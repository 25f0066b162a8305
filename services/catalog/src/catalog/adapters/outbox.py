"""The events that wait in a product's document until the relay has published them.

`product_repository` writes them together with the change that they tell of, the audit trail's
event among them; `outbox_relay` reads and removes them.
"""

from collections.abc import Sequence

from catalog.adapters.event_mapping import TOPIC, message_of
from catalog.adapters.mongo import Document
from catalog.domain.events import ProductEvent
from chassis import audit
from chassis.envelope import Event
from chassis.producer import Outgoing
from chassis.telemetry import current_traceparent


def waiting_events(events: Sequence[ProductEvent]) -> list[Document]:
    """Returns the outbox entries of a product's events: the envelope as text, and its topic."""
    messages = [message_of(event) for event in events]
    entries = [_entry(TOPIC, message) for message in messages]
    if messages and (made := audit.change_made(target=messages[0].subject)) is not None:
        entries.append(_entry(audit.TOPIC, made))
    return entries


def _entry(topic: str, message: Event) -> Document:
    entry = {
        "id": str(message.id),
        "at": message.time,
        "topic": topic,
        "value": message.to_json().decode(),
    }
    if (traceparent := current_traceparent()) is not None:
        entry["traceparent"] = traceparent
    return entry


def outgoing(product_id: str, entry: Document, topic_prefix: str = "") -> Outgoing:
    """Returns the entry as Kafka takes it; the product's id keeps its events in one partition."""
    traceparent = entry.get("traceparent")
    headers = (("traceparent", traceparent.encode()),) if traceparent else ()
    # Entries from before there was a second topic name none.
    topic = topic_prefix + entry.get("topic", TOPIC)
    return Outgoing(topic, product_id, entry["value"].encode(), headers)
