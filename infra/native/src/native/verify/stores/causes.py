"""Rows that name the message that they follow from: none may be there twice. For I5.

Called by `reading` with each database.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from native.verify.sql import Snapshot


@dataclass(frozen=True, slots=True)
class Caused:
    """A table: how many rows it has, and what is told of each cause with several rows."""

    number: str
    repeated: str


CAUSES: Mapping[str, Mapping[str, Caused]] = {
    "inventory": {
        "movements": Caused(
            "SELECT count(*) FROM movements",
            "SELECT concat_ws(' ', cause, sku, kind) AS cause, count(*) AS number "
            "FROM movements GROUP BY cause, sku, kind HAVING count(*) > 1",
        )
    },
    "payments": {
        "operations": Caused(
            "SELECT count(*) FROM operations",
            "SELECT concat_ws(' ', causation_id, kind) AS cause, count(*) AS number "
            "FROM operations WHERE causation_id IS NOT NULL "
            "GROUP BY causation_id, kind HAVING count(*) > 1",
        )
    },
    "notifications": {
        "messages": Caused(
            "SELECT count(*) FROM messages",
            "SELECT concat_ws(' ', cause, template) AS cause, count(*) AS number "
            "FROM messages GROUP BY cause, template HAVING count(*) > 1",
        ),
        "webhook deliveries": Caused(
            "SELECT count(*) FROM webhook_deliveries",
            "SELECT concat_ws(' ', event_id, webhook_id) AS cause, count(*) AS number "
            "FROM webhook_deliveries GROUP BY event_id, webhook_id HAVING count(*) > 1",
        ),
    },
    "orders": {
        "the timeline": Caused(
            "SELECT count(*) FROM order_timeline WHERE message_id IS NOT NULL",
            "SELECT concat_ws(' ', message_id, kind, name) AS cause, count(*) AS number "
            "FROM order_timeline WHERE message_id IS NOT NULL "
            "GROUP BY message_id, kind, name HAVING count(*) > 1",
        )
    },
}


async def repeated_causes(database: Snapshot) -> dict[str, tuple[int, dict[str, int]]]:
    """Of each table of the database: how many rows there are, and the repeated causes."""
    found = {}
    for table, caused in CAUSES.get(database.name, {}).items():
        total = await database.number(caused.number)
        repeated = {row["cause"]: row["number"] async for row in database.rows(caused.repeated)}
        found[f"rows of {table}"] = (total, repeated)
    return found
