"""The unit of work of an SQL service: state, outbox, inbox and idempotency keys commit together.

A service subclasses it, opens its repositories in `__aenter__` and says in `collect` how the
domain events of its aggregates become messages. The API's use cases commit; a consumer's
handlers work inside the unit of work that the consumer opened, and never commit.
"""

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis import audit, failpoints
from chassis.envelope import Event
from chassis.sql_idempotency import IdempotencyKeys
from chassis.telemetry import concerns, current_traceparent

# Kafka's default limit for a message is 1 MiB; an envelope stays well below it.
MAX_EVENT_BYTES = 512 * 1024

_APPEND = text(
    "INSERT INTO outbox (topic, key, payload, traceparent) "
    "SELECT m.topic, m.key, m.payload, m.traceparent FROM unnest("
    "CAST(:topics AS text[]), CAST(:keys AS text[]), "
    "CAST(:payloads AS bytea[]), CAST(:traceparents AS text[])"
    ") WITH ORDINALITY AS m (topic, key, payload, traceparent, position) ORDER BY m.position"
)
_SEE = text(
    "INSERT INTO inbox (consumer, event_id) "
    "SELECT :consumer, id FROM unnest(CAST(:ids AS uuid[])) AS id "
    "ON CONFLICT DO NOTHING RETURNING event_id"
)


# Topic, key, payload and traceparent.
OutboxRow = tuple[str, str, bytes, str | None]


class EventTooLarge(ValueError):
    """An event over MAX_EVENT_BYTES, which the broker would refuse for ever."""


def outbox_row(topic: str, event: Event) -> OutboxRow:
    """Returns the row of an event, in the trace that runs now; the Kafka key is its subject.

    Raises EventTooLarge over MAX_EVENT_BYTES.
    """
    payload = event.to_json()
    if len(payload) > MAX_EVENT_BYTES:
        raise EventTooLarge(f"{event.type} of {event.subject} has {len(payload)} bytes")
    return topic, event.subject, payload, current_traceparent()


class SqlUnitOfWork:
    """One database transaction. Make a new one for each use case or batch."""

    connection: AsyncConnection
    idempotency: IdempotencyKeys

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._outgoing: list[OutboxRow] = []

    async def __aenter__(self) -> Self:
        self.connection = await self._engine.connect().__aenter__()
        self.idempotency = IdempotencyKeys(self.connection)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connection; what was not committed is rolled back."""
        await self.connection.__aexit__(kind, error, trace)

    def collect(self) -> Iterable[tuple[str, Event]]:
        """Yields (topic, event) for each new domain event of the aggregates seen so far."""
        return ()

    def publish(self, topic: str, event: Event) -> None:
        """Puts an event in the outbox at commit. Raises EventTooLarge."""
        row = outbox_row(topic, event)
        if not self._outgoing:
            concerns(event.subject)
        self._outgoing.append(row)

    def forward(self, rows: Iterable[OutboxRow]) -> None:
        """Puts rows in the outbox at commit that were made before, each in its own trace."""
        self._outgoing.extend(rows)

    def flush(self) -> None:
        """Takes the domain events recorded so far, stamped with the trace that runs now."""
        for topic, event in self.collect():
            self.publish(topic, event)

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        """Records the events in the inbox; returns the ids that this consumer never handled."""
        values = {"consumer": consumer, "ids": [event.id for event in events]}
        rows = await self.connection.execute(_SEE, values)
        return set(rows.scalars())

    async def notify(self, channel: str, payload: str = "") -> None:
        """Wakes the listeners of a channel when, and only when, this transaction commits."""
        await self.connection.execute(
            text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
        )

    async def commit(self) -> None:
        """Writes the outbox rows in the order of publishing, and commits all of it at once.

        The audit trail's event is among them, where somebody has to answer for the change.
        """
        self.flush()
        if (made := audit.change_made(outcome=self.idempotency.location)) is not None:
            self.publish(audit.TOPIC, made)
        if self._outgoing:
            topics, keys, payloads, traceparents = zip(*self._outgoing, strict=True)
            values = {
                "topics": list(topics),
                "keys": list(keys),
                "payloads": list(payloads),
                "traceparents": list(traceparents),
            }
            await self.connection.execute(_APPEND, values)
            self._outgoing.clear()
        await failpoints.hit("transaction.before_commit")
        await self.connection.commit()
        await failpoints.hit("transaction.after_commit")
