"""Brings a batch of messages to their handlers exactly once, whatever the broker repeats.

The inbox rows and the effects of a batch are one transaction. A batch that fails is run again
message by message, so that one bad message is found and the good ones get through. The consumer
calls `deliver`; it knows neither Kafka's group protocol nor the dead-letter topic.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.context import conversation
from chassis.envelope import Event
from chassis.metrics import messages_handled
from chassis.telemetry import AGGREGATE, tracer
from chassis.transaction import Transaction

SENT = "souk.sent_ms"
_propagator = TraceContextTextMapPropagator()


class ConsumerUnitOfWork(Transaction, Protocol):
    """What a consumer needs of a unit of work, SQL or not."""

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        """Records the events as seen; returns the ids that were not seen before."""

    def flush(self) -> None:
        """Stamps the domain events recorded so far with the message under way."""

    async def commit(self) -> None:
        """Makes inbox and effects durable together."""


U = TypeVar("U", bound=ConsumerUnitOfWork)
Handler = Callable[[Event, U], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came: its bytes are not read yet, since they may be anything."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    traceparent: str | None = None
    # When the producer sent it: milliseconds since the epoch.
    sent_ms: int | None = None

    def event(self) -> Event:
        """Raises MalformedEvent when the bytes are no envelope."""
        return Event.from_json(self.value)


class Delivery(Generic[U]):
    """Handlers by event type, and the unit of work that each batch opens."""

    def __init__(
        self,
        consumer: str,
        handlers: Mapping[str, Handler[U]],
        unit_of_work: Callable[[], U],
    ) -> None:
        self.consumer = consumer
        self._handlers = handlers
        self._unit_of_work = unit_of_work

    async def deliver(self, messages: Sequence[Message]) -> int:
        """Handles the messages in order in one transaction; returns how many were new to us.

        Raises whatever a handler raises; then nothing of the batch has happened.
        """
        known = [(m, event) for m in messages if (event := m.event()).type in self._handlers]
        if not known:
            return 0
        async with self._unit_of_work() as uow:
            new = await uow.unseen(self.consumer, [event for _, event in known])
            count = len(new)
            handled = []
            for message, event in known:
                if event.id in new:
                    new.discard(event.id)
                    await self._handle(message, event, uow)
                    handled.append(event.type)
            await uow.commit()
        for kind in handled:
            messages_handled.add(self.consumer, kind)
        return count

    async def _handle(self, message: Message, event: Event, uow: U) -> None:
        carrier = {"traceparent": message.traceparent} if message.traceparent else {}
        with (
            tracer().start_as_current_span(
                f"consume {event.type}",
                context=_propagator.extract(carrier),
                kind=SpanKind.CONSUMER,
                attributes=_attributes(self.consumer, message, event),
            ),
            conversation(event.correlation_id, str(event.id)),
        ):
            await self._handlers[event.type](event, uow)
            uow.flush()


def _attributes(consumer: str, message: Message, event: Event) -> dict[str, str | int]:
    """What the span says of the message; its way through Kafka began with `souk.sent_ms`."""
    said: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.message.id": str(event.id),
        "messaging.destination.name": message.topic,
        "messaging.consumer.group.name": consumer,
        AGGREGATE: event.subject,
    }
    if message.sent_ms is not None:
        said[SENT] = message.sent_ms
    return said
