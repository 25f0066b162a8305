"""One e-mail, from its cause to the mail server's 250.

A message that its recipient does not want is left out. Any other waits while nobody knows its
recipient, is pending until the server has taken it, and then is sent. Its Message-ID follows from
what it is about: whatever is repeated tells the same news once, and the second copy that a crash
at the worst moment can make is recognised as one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from notifications.domain.contact import Recipient

LONGEST_OUTAGE_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


class Template(StrEnum):
    """What a message is about."""

    ORDER_CONFIRMED = "order_confirmed"
    ORDER_REJECTED = "order_rejected"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_PACKED = "order_packed"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELIVERED = "order_delivered"
    RETURN_REQUESTED = "return_requested"
    RETURN_RECEIVED = "return_received"
    RETURN_REFUSED = "return_refused"
    PAYMENT_REFUNDED = "payment_refunded"
    REFUND_FAILED = "refund_failed"
    CAPTURE_FAILED = "capture_failed"
    WELCOME = "welcome"
    WEBHOOK_DISABLED = "webhook_disabled"


class Status(StrEnum):
    """How far a message came."""

    WAITING = "waiting"
    PENDING = "pending"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class MessageSent:
    """The mail server took a message."""

    message_id: UUID
    version: int
    order_id: UUID | None
    template: Template
    header_id: str


def header_id(template: Template, about: UUID, mail_domain: str) -> str:
    """Returns the Message-ID (RFC 5322, section 3.6.4) of the news about one thing.

    That is an order, or a shipment, a return or a refund of it; such an id is used only once.
    """
    return f"<{template.value.replace('_', '-')}.{about}@{mail_domain}>"


@dataclass(slots=True)
class Message:
    """A message to one recipient. `details` is what its template needs beyond the order."""

    id: UUID
    template: Template
    header_id: str
    cause: UUID
    created_at: datetime
    due_at: datetime
    order_id: UUID | None = None
    user_id: UUID | None = None
    recipient: Recipient | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    status: Status = Status.WAITING
    attempts: int = 0
    sent_at: datetime | None = None
    problem: str | None = None
    version: int = 0
    events: list[MessageSent] = field(default_factory=list)

    def address_to(self, recipient: Recipient, user_id: UUID | None) -> None:
        """The recipient is known now; does nothing to a message that no longer waits."""
        if self.status is Status.WAITING:
            self.recipient, self.user_id = recipient, user_id
            self.status = Status.PENDING

    def leave_out(self) -> None:
        """The recipient has turned messages of this kind off; it is kept as a record of that."""
        self.status = Status.LEFT_OUT

    def mark_sent(self, now: datetime) -> None:
        """The server has taken it; it will never be sent again."""
        self.status, self.sent_at, self.problem = Status.SENT, now, None
        self.version += 1
        event = MessageSent(self.id, self.version, self.order_id, self.template, self.header_id)
        self.events.append(event)

    def postpone(self, now: datetime, problem: str, longest: timedelta = LONGEST_PAUSE) -> None:
        """Tries again after 2, 4, 8… seconds, at most after `longest`, and never gives up."""
        pause = timedelta(seconds=2 ** min(self.attempts, 20))
        self.due_at = now + min(pause, longest)
        self.problem = problem

    def give_up(self, problem: str) -> None:
        """The address takes no mail, and asking again would not change that."""
        self.status, self.problem = Status.UNDELIVERABLE, problem
