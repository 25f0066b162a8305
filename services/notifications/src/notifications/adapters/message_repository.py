"""Message rows: written with their cause, claimed under a lease, written back by who holds it.

The end of a lease is the token that proves it: a row whose `due_at` is another moment was
claimed by somebody else since, and nothing is written.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.context import current_conversation
from chassis.telemetry import current_traceparent
from notifications.adapters.order_repository import find_orders
from notifications.adapters.preference_repository import find_preferences
from notifications.adapters.tables import messages as table
from notifications.domain.contact import Recipient
from notifications.domain.message import Message, MessageSent, Status, Template
from notifications.domain.ports import DueMessage
from notifications.domain.preferences import OPTIONAL

_CLAIM = text(
    "UPDATE messages AS m SET due_at = :lease, attempts = m.attempts + 1 FROM ("
    "SELECT id FROM messages WHERE status = 'pending' AND due_at <= :now "
    "ORDER BY due_at LIMIT :count FOR UPDATE SKIP LOCKED"
    ") AS due WHERE m.id = due.id RETURNING m.*"
)
# The last line asks the row itself again, in case it was addressed and sent while we waited.
_ADDRESS = """
UPDATE messages AS m SET status = 'pending', user_id = coalesce(w.user_id, o.customer_id),
  email = coalesce(o.guest_email, c.email), name = coalesce(o.guest_name, c.name)
FROM messages AS w
LEFT JOIN orders AS o ON o.order_id = w.order_id
LEFT JOIN contacts AS c ON c.user_id = coalesce(w.user_id, o.customer_id)
WHERE m.id = w.id AND w.status = 'waiting' AND coalesce(o.guest_email, c.email) IS NOT NULL
  AND m.status = 'waiting'
"""
_ADDRESS_ALL = text(_ADDRESS)
_ADDRESS_SOME = text(
    _ADDRESS
    + "AND (w.user_id = ANY(CAST(:users AS uuid[])) OR w.order_id = ANY(CAST(:orders AS uuid[])))"
)
# An event that comes again after the inbox forgot it has its message already.
_INSERT = insert(table).on_conflict_do_nothing(index_elements=[table.c.header_id])
_SAVE = (
    update(table)
    .where(
        table.c.id == bindparam("message_id"),
        table.c.due_at == bindparam("lease"),
        table.c.status == Status.PENDING.value,
    )
    .values(
        status=bindparam("new_status"),
        due_at=bindparam("new_due_at"),
        sent_at=bindparam("new_sent_at"),
        problem=bindparam("new_problem"),
        version=bindparam("new_version"),
    )
)


class SqlMessages:
    """The messages that one transaction writes or claims."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._new: list[tuple[Message, dict[str, Any]]] = []
        self._events: list[MessageSent] = []

    def add(self, message: Message) -> None:
        """Keeps a new message with the conversation and the trace of its cause."""
        origin = {
            "correlation_id": current_conversation().correlation_id,
            "traceparent": current_traceparent(),
        }
        self._new.append((message, origin))

    async def claim(self, now: datetime, lease: datetime, limit: int) -> list[DueMessage]:
        """Takes due messages, oldest first, that nobody else is working on."""
        values = {"now": now, "lease": lease, "count": limit}
        rows = (await self._connection.execute(_CLAIM, values)).all()
        order_ids = {row.order_id for row in rows if row.order_id is not None}
        orders = await find_orders(self._connection, order_ids)
        return [
            DueMessage(
                message=_message(row),
                order=orders.get(row.order_id),
                lease=lease,
                correlation_id=row.correlation_id,
                traceparent=row.traceparent,
            )
            for row in sorted(rows, key=lambda row: row.created_at)
        ]

    async def save(self, message: Message, lease: datetime) -> bool:
        """Writes the outcome; the event of a message whose lease was lost is forgotten."""
        values = {
            "message_id": message.id,
            "lease": lease,
            "new_status": message.status.value,
            "new_due_at": message.due_at,
            "new_sent_at": message.sent_at,
            "new_problem": message.problem,
            "new_version": message.version,
        }
        saved: bool = (await self._connection.execute(_SAVE, values)).rowcount == 1
        if saved:
            self._events += message.events
        return saved

    async def address_waiting(self) -> int:
        """Addresses every message whose recipient is known by now; returns how many."""
        return int((await self._connection.execute(_ADDRESS_ALL)).rowcount)

    async def write(self, users: Iterable[UUID | None], orders: Iterable[UUID | None]) -> bool:
        """Inserts new messages, then addresses those that wait for these users and orders.

        Returns whether there is something new to send.
        """
        users, orders = set(users), set(orders)
        await self._leave_out()
        new = [message for message, _ in self._new]
        if new:
            rows = [_row(message) | origin for message, origin in self._new]
            await self._connection.execute(_INSERT, rows)
        self._new.clear()
        addressed: int = sum(message.status is Status.PENDING for message in new)
        for message in new:
            if message.status is Status.WAITING:
                users.add(message.user_id)
                orders.add(message.order_id)
        if users or orders:
            values = {"users": list(users - {None}), "orders": list(orders - {None})}
            addressed += int((await self._connection.execute(_ADDRESS_SOME, values)).rowcount)
        return addressed > 0

    async def _leave_out(self) -> None:
        """Marks what its recipient has turned off; most batches have nothing that could be."""
        optional = [(m, m.user_id) for m, _ in self._new if m.user_id and m.template in OPTIONAL]
        found = await find_preferences(self._connection, {user for _, user in optional})
        for message, user_id in optional:
            if user_id in found and not found[user_id].want(message.template):
                message.leave_out()

    def events(self) -> list[MessageSent]:
        """Takes the events recorded since the last call."""
        events, self._events = self._events, []
        return events


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        template=Template(row.template),
        header_id=row.header_id,
        cause=row.cause,
        created_at=row.created_at,
        due_at=row.due_at,
        order_id=row.order_id,
        user_id=row.user_id,
        recipient=Recipient(row.email, row.name) if row.email is not None else None,
        details=row.details,
        status=Status(row.status),
        attempts=row.attempts,
        sent_at=row.sent_at,
        problem=row.problem,
        version=row.version,
    )


def _row(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "template": message.template.value,
        "status": message.status.value,
        "header_id": message.header_id,
        "cause": message.cause,
        "order_id": message.order_id,
        "user_id": message.user_id,
        "email": message.recipient.email if message.recipient else None,
        "name": message.recipient.name if message.recipient else None,
        "details": dict(message.details),
        "attempts": message.attempts,
        "problem": message.problem,
        "version": message.version,
        "due_at": message.due_at,
        "created_at": message.created_at,
        "sent_at": message.sent_at,
    }
