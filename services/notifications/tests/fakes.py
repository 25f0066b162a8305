"""Notifications in memory: a unit of work over a mailroom, a mail server, and examples.

The unit and API tests use it; the integration tests run the same use cases over PostgreSQL and
a real SMTP session.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from chassis.clock import utcnow
from chassis.envelope import Event, new_event
from chassis.mail import Mail
from chassis.testing import FakeIdempotencyKeys
from notifications.application.queries import MessageFilter, MessageView
from notifications.consumers.order_models import OrderData
from notifications.domain.contact import Contact, Recipient
from notifications.domain.message import Message, MessageSent, Status
from notifications.domain.order import Order
from notifications.domain.order_update import OrderState
from notifications.domain.ports import DueMessage
from notifications.domain.preferences import Preferences
from services.notifications.tests.fakes_webhooks import Endpoints, FakeDeliveries, FakeWebhooks

CONTRACTS = Path(__file__).parents[3] / "contracts"
NOON = datetime.fromisoformat("2026-11-22T12:00:00+00:00")


def example(kind: str) -> dict[str, Any]:
    """Returns the contract's example of a type such as `orders.order_confirmed.v1`."""
    service, name, version = kind.split(".")
    path = CONTRACTS / "events" / service / f"{name}.{version}.example.json"
    data: dict[str, Any] = json.loads(path.read_text())
    return data


def event(kind: str, sequence: int = 1, **changes: Any) -> Event:
    """Returns an event with the contract's example as data, some members changed."""
    data = example(kind)
    order = {k: changes.pop(k) for k in list(changes) if k in data.get("order", {})}
    if order:
        data["order"] = data["order"] | order
    subject = str(data.get("user_id") or data.get("order_id") or data["order"]["order_id"])
    return new_event(
        source="test", type=kind, subject=subject, sequence=sequence, data=data | changes
    )


def example_order(**changes: Any) -> Order:
    """Returns the order of the contract's example."""
    data = example("orders.order_confirmed.v1")["order"]
    return replace(OrderData.model_validate(data).order(1), **changes)


@dataclass
class Mailroom:
    """What is committed."""

    messages: dict[UUID, Message] = field(default_factory=dict)
    contacts: dict[UUID, Contact] = field(default_factory=dict)
    orders: dict[UUID, Order] = field(default_factory=dict)
    preferences: dict[UUID, Preferences] = field(default_factory=dict)
    inbox: set[tuple[str, UUID]] = field(default_factory=set)
    sent: list[MessageSent] = field(default_factory=list)
    endpoints: Endpoints = field(default_factory=lambda: Endpoints(utcnow))
    keys: FakeIdempotencyKeys = field(default_factory=FakeIdempotencyKeys)
    commits: int = 0

    def draft(self) -> "Mailroom":
        """Returns a copy whose changes are not seen here."""
        return Mailroom(
            messages={m.id: replace(m, events=[]) for m in self.messages.values()},
            contacts=dict(self.contacts),
            orders=dict(self.orders),
            preferences=dict(self.preferences),
            inbox=set(self.inbox),
            sent=list(self.sent),
            endpoints=self.endpoints.draft(),
            keys=self.keys,
            commits=self.commits,
        )

    def only(self) -> Message:
        """Returns the one message there is."""
        [message] = self.messages.values()
        return message


class FakeUnitOfWork:
    """Works on a copy of the mailroom, which replaces it at commit."""

    def __init__(self, room: Mailroom) -> None:
        self.room = room
        self.messages: FakeUnitOfWork = self
        self.contacts = _Newest(self, "contacts", lambda contact: contact.user_id)
        self.orders = _Newest(self, "orders", lambda order: order.order_id)
        self.preferences = _Preferences(self)
        self.webhooks = FakeWebhooks(lambda: self.draft.endpoints)
        self.deliveries = FakeDeliveries(lambda: self.draft.endpoints)
        self.idempotency = room.keys

    async def __aenter__(self) -> Self:
        self.draft = self.room.draft()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.draft = self.room.draft()

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        new = {e.id for e in events if (consumer, e.id) not in self.draft.inbox}
        self.draft.inbox |= {(consumer, event_id) for event_id in new}
        return new

    def flush(self) -> None:
        """The fake has nothing to stamp."""

    async def commit(self) -> None:
        await self.address_waiting()
        self.draft.commits += 1
        committed = self.draft.draft()
        self.room.endpoints.__dict__.update(committed.endpoints.__dict__)
        committed.endpoints = self.room.endpoints
        self.room.__dict__.update(committed.__dict__)

    def add(self, message: Message) -> None:
        if all(message.header_id != known.header_id for known in self.draft.messages.values()):
            self.draft.messages[message.id] = message
        wanted = self.draft.preferences.get(message.user_id or message.id)
        if wanted is not None and not wanted.want(message.template):
            message.leave_out()

    async def claim(self, now: datetime, lease: datetime, limit: int) -> list[DueMessage]:
        pending = [m for m in self.draft.messages.values() if m.status is Status.PENDING]
        due = sorted((m for m in pending if m.due_at <= now), key=lambda m: m.created_at)[:limit]
        for message in due:
            message.due_at, message.attempts = lease, message.attempts + 1
        orders = self.draft.orders
        return [
            DueMessage(replace(m), orders.get(m.order_id or m.id), lease, "conversation-1", None)
            for m in due
        ]

    async def save(self, message: Message, lease: datetime) -> bool:
        held = self.draft.messages[message.id]
        if held.status is not Status.PENDING or held.due_at != lease:
            return False
        self.draft.sent += message.events
        self.draft.messages[message.id] = replace(message, events=[])
        return True

    async def address_waiting(self) -> int:
        addressed = 0
        for message in self.draft.messages.values():
            recipient, user_id = self._recipient_of(message)
            if message.status is Status.WAITING and recipient is not None:
                message.address_to(recipient, user_id)
                addressed += 1
        return addressed

    def _recipient_of(self, message: Message) -> tuple[Recipient | None, UUID | None]:
        order = self.draft.orders.get(message.order_id) if message.order_id else None
        user_id = message.user_id or (order.customer_id if order else None)
        if order is not None and order.guest is not None:
            return order.guest, user_id
        contact = self.draft.contacts.get(user_id) if user_id else None
        return (contact.recipient if contact else None), user_id


class _Preferences:
    """Who wants what."""

    def __init__(self, uow: FakeUnitOfWork) -> None:
        self._uow = uow

    async def lock(self, user_id: UUID) -> Preferences:
        return self._uow.draft.preferences.get(user_id) or Preferences(user_id)

    async def save(self, preferences: Preferences) -> None:
        self._uow.draft.preferences[preferences.user_id] = preferences


class _Newest:
    """A read model in which the newest version wins."""

    def __init__(self, uow: FakeUnitOfWork, name: str, key: Callable[[Any], UUID]) -> None:
        self._uow, self._name, self._key = uow, name, key

    def put(self, item: Any) -> None:
        items: dict[UUID, Any] = getattr(self._uow.draft, self._name)
        known = items.get(self._key(item))
        if known is None:
            items[self._key(item)] = item
        elif known.version < item.version:
            status = getattr(item, "status", None) or getattr(known, "status", None)
            items[self._key(item)] = replace(item, status=status) if status else item


class FakeMailer:
    """A mail server; `answers` are raised one for each mail, None takes it."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.taken: list[Mail] = []
        self.connections = 0
        self.away: Exception | None = None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["FakeMailer"]:
        if self.away is not None:
            raise self.away
        self.connections += 1
        yield self

    async def send(self, mail: Mail) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken.append(mail)


class FakeClock:
    """Tells NOON until moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class FakeQueries:
    """The reads, over what is committed."""

    def __init__(self, room: Mailroom) -> None:
        self.room = room

    async def preferences(self, user_id: UUID) -> Preferences:
        return self.room.preferences.get(user_id) or Preferences(user_id)

    async def order_state(self, order_id: UUID) -> OrderState | None:
        found = self.room.orders.get(order_id)
        if found is None:
            return None
        return OrderState(order_id, found.version, found.status, found.customer_id)

    async def message(self, message_id: UUID) -> MessageView | None:
        message = self.room.messages.get(message_id)
        return _view(message) if message else None

    async def messages(
        self, wanted: MessageFilter, before: UUID | None, limit: int
    ) -> Sequence[MessageView]:
        views = [_view(message) for message in self.room.messages.values()]
        found = [
            view
            for view in sorted(views, key=lambda view: view.id, reverse=True)
            if (before is None or view.id < before)
            and wanted.user_id in (None, view.user_id)
            and wanted.order_id in (None, view.order_id)
            and wanted.template in (None, view.template)
            and wanted.status in (None, view.status)
        ]
        return found[:limit]


def _view(message: Message) -> MessageView:
    return MessageView(
        id=message.id,
        template=message.template,
        status=message.status,
        order_id=message.order_id,
        user_id=message.user_id,
        email=message.recipient.email if message.recipient else None,
        header_id=message.header_id,
        attempts=message.attempts,
        problem=message.problem,
        created_at=message.created_at,
        sent_at=message.sent_at,
    )
