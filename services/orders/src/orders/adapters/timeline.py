"""The timeline of orders: what one transaction adds to it, and the reading of it.

The entries go with the statement that writes what they tell of (statements.py), so that
telling it costs no round trip.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.envelope import Event
from orders.adapters.event_mapping import to_message
from orders.adapters.statements import as_json
from orders.adapters.tables import order_timeline
from orders.application.ports import Timeline
from orders.application.timeline import Entry, Kind, Party, TimelineView, said
from orders.domain.order import Order


class TimelineBuffer:
    """The port `Timeline`: keeps the entries until they are written."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, entry: Entry) -> None:
        """See `Timeline.add`."""
        self._entries.append(entry)

    def take(self) -> dict[str, str]:
        """Returns the entries as the value of `:entries`, and forgets them."""
        return {"entries": as_json(self.take_entries())}

    def take_entries(self) -> list[Entry]:
        """Returns the entries, and forgets them."""
        entries, self._entries = self._entries, []
        return entries


def take_messages(order: Order, timeline: Timeline) -> list[tuple[str, Event]]:
    """Turns what the order recorded into (topic, event), and tells of each in the timeline."""
    recorded, order.recorded = order.recorded, []
    messages = []
    for fact in recorded:
        topic, event = to_message(order, fact)
        timeline.add(said(order.id, fact, event))
        messages.append((topic, event))
    return messages


class SqlTimelines:
    """The port `Timelines`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def page(self, order_id: UUID, after: int, limit: int) -> Sequence[TimelineView]:
        """See `Timelines.page`."""
        table = order_timeline
        query = (
            select(table)
            .where(table.c.order_id == order_id, table.c.position > after)
            .order_by(table.c.position)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            return [_view(dict(row)) for row in rows]


def _view(row: dict[str, Any]) -> TimelineView:
    position = row.pop("position")
    actor = row.pop("actor")
    kind = Kind(row.pop("kind"))
    return TimelineView(position, Entry(kind=kind, actor=Party(actor) if actor else None, **row))
