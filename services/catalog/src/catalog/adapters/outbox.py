"""The events that wait in a product's document until the relay has published them.

`product_repository` writes them together with the change that they tell of; `outbox_relay` reads
and removes them.
"""

from collections.abc import Sequence

from catalog.adapters.event_mapping import TOPIC, message_of
from catalog.adapters.mongo import Document
from catalog.domain.events import ProductEvent
from chassis.producer import Outgoing
from chassis.telemetry import current_traceparent


def waiting_events(events: Sequence[ProductEvent]) -> list[Document]:
    """Returns the outbox entries of the events: the envelope as text, and what sending needs."""
    traceparent = current_traceparent()
    entries = []
    for event in events:
        message = message_of(event)
        entry = {"id": str(message.id), "at": message.time, "value": message.to_json().decode()}
        if traceparent is not None:
            entry["traceparent"] = traceparent
        entries.append(entry)
    return entries


def outgoing(product_id: str, entry: Document, topic_prefix: str = "") -> Outgoing:
    """Returns the entry as Kafka takes it; the product's id keeps its events in one partition."""
    traceparent = entry.get("traceparent")
    headers = (("traceparent", traceparent.encode()),) if traceparent else ()
    return Outgoing(topic_prefix + TOPIC, product_id, entry["value"].encode(), headers)
