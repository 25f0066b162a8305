"""Reads a service's database as it was at one moment, row by row; `stores` has the statements.

A snapshot is a read-only transaction, so that what is read fits together while the shop goes on.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from chassis.envelope import Event
from native.verify.invariants.commits import Waiting
from native.verify.invariants.effects import mark
from native.verify.invariants.sequences import UNNUMBERED, stream_of

_AT_ONCE = 2000

_OUTBOX = "SELECT topic, payload, created_at FROM outbox ORDER BY id"
# What a payment provider tells comes over HTTP, and is on no topic.
_INBOX = "SELECT consumer, event_id FROM inbox WHERE consumer <> ALL($1)"
_NOT_KAFKA = ["simulated-notifications", "stripe-notifications"]


class Snapshot:
    """One database at one moment."""

    def __init__(self, name: str, connection: Any) -> None:
        self.name = name
        self._connection = connection

    async def rows(self, statement: str, *values: object) -> AsyncIterator[Any]:
        """Yields the rows of a statement; only a few of them are in memory."""
        async for row in self._connection.cursor(statement, *values, prefetch=_AT_ONCE):
            yield row

    async def number(self, statement: str) -> int:
        """The one number that a statement gives."""
        return int(await self._connection.fetchval(statement))

    async def waiting(self) -> list[Waiting]:
        """What waits in the outbox, but for what is nobody's version."""
        now = datetime.now(UTC)
        found = []
        async for row in self.rows(_OUTBOX):
            event = Event.from_json(row["payload"])
            age = (now - row["created_at"]).total_seconds()
            found.append(waiting_row(self.name, row["topic"], event, age))
        return found

    async def inboxes(self) -> dict[str, list[int]]:
        """The marks of the messages that each consumer took in."""
        marks: dict[str, list[int]] = {}
        async for row in self.rows(_INBOX, _NOT_KAFKA):
            marks.setdefault(row["consumer"], []).append(mark(row["event_id"]))
        return marks


def waiting_row(store: str, topic: str, event: Event, age_s: float) -> Waiting:
    """An event of an outbox; one without a number says nothing about a version."""
    number = 0 if topic in UNNUMBERED else event.sequence
    return Waiting(store, stream_of(topic), event.subject, number, event.type, age_s)


@asynccontextmanager
async def snapshot(name: str, dsn: str) -> AsyncIterator[Snapshot]:
    """Opens a database as it is now."""
    import asyncpg

    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(
                kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
            )
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield Snapshot(name, connection)
    finally:
        await connection.close(timeout=5)
