"""What happened to one order, entry by entry: who asked for what, what was sent and heard.

The use cases and consumers add the entries, the unit of work those of its messages; all of them
commit with what they tell of. The API shows them in order.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.clock import utcnow
from chassis.context import current_conversation
from chassis.envelope import Event
from chassis.telemetry import current_traceparent
from orders.domain.events import OrderCommand, Recorded, SagaCommand
from orders.domain.owner import Owner, OwnerKind
from orders.domain.saga import UNDONE_BY


class Kind(StrEnum):
    """What an entry tells of."""

    REQUEST = "request"
    EVENT_SENT = "event_sent"
    COMMAND_SENT = "command_sent"
    EVENT_RECEIVED = "event_received"
    TIME_LIMIT = "time_limit"
    MAIL = "mail"


class Party(StrEnum):
    """Who asked; a machine client counts as the staff."""

    CUSTOMER = "customer"
    GUEST = "guest"
    STAFF = "staff"

    @classmethod
    def of(cls, caller: Owner, owner: Owner) -> "Party":
        """Returns what the caller is to an order of this owner."""
        if caller != owner:
            return cls.STAFF
        return cls.GUEST if caller.kind is OwnerKind.GUEST else cls.CUSTOMER


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `name` is an operation's, a message's type or a template's.

    `attempt` and `compensation` are the saga's: which time it asked, and whether to undo a step.
    """

    order_id: UUID
    kind: Kind
    name: str
    message_id: UUID | None = None
    actor: Party | None = None
    attempt: int | None = None
    compensation: bool = False
    at: datetime = field(default_factory=utcnow)
    request_id: str = field(default_factory=lambda: current_conversation().correlation_id)
    trace_id: str | None = field(default_factory=lambda: trace_of(current_traceparent()))


@dataclass(frozen=True, slots=True)
class TimelineView:
    """An entry with its place in the order's life."""

    position: int
    entry: Entry


def asked(order_id: UUID, operation: str, actor: Party) -> Entry:
    """Tells that somebody's request did something; `operation` is its operationId."""
    return Entry(order_id, Kind.REQUEST, operation, actor=actor)


def said(order_id: UUID, recorded: Recorded, event: Event) -> Entry:
    """Tells of a message that the order sends."""
    what = recorded.what
    if isinstance(what, SagaCommand):
        undoing = what.command in UNDONE_BY
        return Entry(
            order_id,
            Kind.COMMAND_SENT,
            event.type,
            event.id,
            attempt=what.attempt,
            compensation=undoing,
        )
    kind = Kind.COMMAND_SENT if isinstance(what, OrderCommand) else Kind.EVENT_SENT
    return Entry(order_id, kind, event.type, event.id)


def heard(order_id: UUID, event: Event) -> Entry:
    """Tells of a message that came about the order."""
    return Entry(order_id, Kind.EVENT_RECEIVED, event.type, event.id)


def trace_of(traceparent: str | None) -> str | None:
    """Returns the trace id of a W3C `traceparent`."""
    return traceparent.split("-")[1] if traceparent else None
