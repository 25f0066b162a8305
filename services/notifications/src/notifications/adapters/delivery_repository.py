"""Deliveries in PostgreSQL: written with their event, claimed under a lease, written back.

As with messages, the end of a lease is the token that proves it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import utcnow
from chassis.context import current_conversation
from chassis.encryption import Encryption, Undecryptable
from chassis.ids import uuid7
from chassis.logs import get_logger
from chassis.telemetry import current_traceparent
from notifications.adapters.tables_webhooks import webhook_deliveries as table
from notifications.adapters.tables_webhooks import webhooks
from notifications.adapters.webhook_rows import delivery_of, log_entries, webhook_of
from notifications.domain.delivery import PATIENCE, Delivery, DeliveryStatus
from notifications.domain.errors import DeliveryNotFound
from notifications.domain.webhook import Webhook
from notifications.domain.webhook_ports import DueDelivery, News

_WANTED = select(webhooks).where(webhooks.c.enabled)
_INSERT = insert(table).on_conflict_do_nothing(
    index_elements=[table.c.webhook_id, table.c.event_id]
)
# So many of each webhook, whatever waits for the others.
_CLAIM = text(
    "UPDATE webhook_deliveries AS d SET due_at = :lease, tries = d.tries + 1 FROM ("
    "SELECT ready.id FROM webhooks AS w CROSS JOIN LATERAL ("
    "SELECT id FROM webhook_deliveries WHERE webhook_id = w.id AND status = 'pending' "
    "AND due_at <= :now ORDER BY due_at LIMIT :each FOR UPDATE SKIP LOCKED"
    ") AS ready WHERE w.enabled AND w.id <> ALL(CAST(:busy AS uuid[]))"
    ") AS due WHERE d.id = due.id RETURNING d.*"
)
_PENDING = table.c.status == DeliveryStatus.PENDING.value

log = get_logger(__name__)


class SqlDeliveries:
    """The deliveries that one transaction writes or claims."""

    def __init__(self, connection: AsyncConnection, encryption: Encryption) -> None:
        self._connection = connection
        self._encryption = encryption
        self._offered: list[tuple[News, dict[str, str | None]]] = []
        self._restarted = False

    def offer(self, news: News) -> None:
        """Keeps an event with the conversation and the trace that it came in."""
        origin = {
            "correlation_id": current_conversation().correlation_id,
            "traceparent": current_traceparent(),
        }
        self._offered.append((news, origin))

    async def write(self) -> bool:
        """Writes what was offered, once for each webhook that wants it; False for nothing new."""
        offered, self._offered = self._offered, []
        restarted, self._restarted = self._restarted, False
        if not offered:
            return restarted
        wanted = (await self._connection.execute(_WANTED)).all()
        rows = [
            _new(news, webhook.id) | origin
            for news, origin in offered
            for webhook in wanted
            if news.event_type in webhook.event_types and news.happened_at >= webhook.created_at
        ]
        if rows:
            await self._connection.execute(_INSERT, rows)
        return bool(rows) or restarted

    async def claim(
        self, now: datetime, lease: datetime, each: int, busy: Collection[UUID]
    ) -> list[DueDelivery]:
        """Takes due deliveries that nobody else is working on."""
        values = {"now": now, "lease": lease, "each": each, "busy": list(busy)}
        rows = (await self._connection.execute(_CLAIM, values)).all()
        if not rows:
            return []
        ids = {row.webhook_id for row in rows}
        found = await self._connection.execute(select(webhooks).where(webhooks.c.id.in_(ids)))
        known = {row.id: webhook for row in found if (webhook := self._readable(row))}
        return [
            DueDelivery(
                delivery=delivery_of(row),
                webhook=known[row.webhook_id],
                body=row.body,
                lease=lease,
                correlation_id=row.correlation_id,
                traceparent=row.traceparent,
            )
            for row in sorted(rows, key=lambda row: row.created_at)
            if row.webhook_id in known
        ]

    def _readable(self, row: Row[Any]) -> Webhook | None:
        """Returns None for one whose secret's key is lost: nothing can be signed for it now."""
        try:
            return webhook_of(row, self._encryption)
        except Undecryptable:
            log.error("webhook_undecryptable", webhook_id=str(row.id))
            return None

    async def save(self, delivery: Delivery, lease: datetime) -> bool:
        """Writes the outcome, unless somebody else holds the lease or it was given up."""
        statement = (
            update(table)
            .where(table.c.id == delivery.id, table.c.due_at == lease, _PENDING)
            .values(_outcome(delivery))
        )
        return bool((await self._connection.execute(statement)).rowcount)

    async def lock(self, webhook_id: UUID, delivery_id: UUID) -> Delivery:
        """Raises DeliveryNotFound."""
        statement = select(table).where(table.c.id == delivery_id, table.c.webhook_id == webhook_id)
        row: Row[Any] | None = (
            await self._connection.execute(statement.with_for_update())
        ).one_or_none()
        if row is None:
            raise DeliveryNotFound(delivery_id)
        return delivery_of(row)

    async def restart(self, delivery: Delivery) -> None:
        """Writes it back; `commit` wakes who sends."""
        self._restarted = True
        statement = update(table).where(table.c.id == delivery.id)
        await self._connection.execute(statement.values(_outcome(delivery)))

    async def taken_since(self, webhook_id: UUID, moment: datetime) -> bool:
        """True when the webhook took anything after the moment."""
        statement = select(table.c.id).where(
            table.c.webhook_id == webhook_id, table.c.delivered_at > moment
        )
        return (await self._connection.execute(statement.limit(1))).first() is not None

    async def resume(self, webhook_id: UUID, now: datetime) -> None:
        """Leaves when each is due: that is the lease of one that is under way."""
        statement = update(table).where(table.c.webhook_id == webhook_id, _PENDING)
        values = {"gives_up_at": now + PATIENCE, "tries": 0}
        await self._connection.execute(statement.values(values))

    async def give_up(self, webhook_id: UUID) -> int:
        """Ends what still waits; returns how many."""
        statement = update(table).where(table.c.webhook_id == webhook_id, _PENDING)
        values = {"status": DeliveryStatus.FAILED.value}
        return int((await self._connection.execute(statement.values(values))).rowcount)


def _outcome(delivery: Delivery) -> dict[str, Any]:
    return {
        "status": delivery.status.value,
        "tries": delivery.tries,
        "due_at": delivery.due_at,
        "gives_up_at": delivery.gives_up_at,
        "delivered_at": delivery.delivered_at,
        "log": log_entries(delivery),
    }


def _new(news: News, webhook_id: UUID) -> dict[str, Any]:
    now = utcnow()
    delivery = Delivery(
        uuid7(), webhook_id, news.event_id, news.event_type, now, now, now + PATIENCE
    )
    return _outcome(delivery) | {
        "id": delivery.id,
        "webhook_id": webhook_id,
        "event_id": news.event_id,
        "event_type": news.event_type,
        "body": news.body,
        "created_at": now,
    }
