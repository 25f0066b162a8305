"""When the databases committed what, told by themselves: `track_commit_timestamp` of PostgreSQL.

A row that is written once has its transaction's moment for good: an order's lines that of placing,
and a stock movement that of reserving. Used by `command.py`.
"""

from dataclasses import dataclass

import asyncpg

from native.bench.reading import percentile
from native.record import Record

_PLACED = """
SELECT DISTINCT ON (id) id, pg_xact_commit_timestamp(line.xmin) AS at
FROM orders JOIN order_lines AS line ON line.order_id = orders.id WHERE reference = $1
"""
# The row of an order that is confirmed was written last when it was confirmed.
_CONFIRMED = """
SELECT id, pg_xact_commit_timestamp(xmin) AS at
FROM orders WHERE reference = $1 AND status = 'confirmed'
"""
# Two rows with one `now()` are of one transaction.
_RESERVED = """
SELECT DISTINCT ON (order_id) order_id AS id, pg_xact_commit_timestamp(movement.xmin) AS at
FROM reservations AS held JOIN movements AS movement ON movement.made_at = held.created_at
WHERE order_id = ANY($1)
"""
_UNTOLD = """
SELECT count(*) FROM orders AS placed WHERE reference = $1 AND status = 'confirmed' AND NOT EXISTS (
    SELECT FROM order_timeline AS entry WHERE entry.order_id = placed.id AND entry.kind = 'mail'
)
"""


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds from placing to reserving, in another service, and to confirming."""

    orders: int
    effect_p50_ms: float
    effect_p99_ms: float
    saga_p50_ms: float
    saga_p99_ms: float


async def untold(kept: Record, reference: str) -> int:
    """How many orders with this reference are confirmed, and their buyers have no mail yet."""
    orders = await asyncpg.connect(kept.databases["orders"])
    try:
        return int(await orders.fetchval(_UNTOLD, reference))
    finally:
        await orders.close()


async def delays(kept: Record, reference: str) -> Delays:
    """Of all orders with this reference that are confirmed."""
    orders = await asyncpg.connect(kept.databases["orders"])
    inventory = await asyncpg.connect(kept.databases["inventory"])
    try:
        placed = {row["id"]: row["at"] for row in await orders.fetch(_PLACED, reference)}
        confirmed = await orders.fetch(_CONFIRMED, reference)
        reserved = await inventory.fetch(_RESERVED, [row["id"] for row in confirmed])
    finally:
        await orders.close()
        await inventory.close()
    effects = sorted((row["at"] - placed[row["id"]]).total_seconds() for row in reserved)
    sagas = sorted((row["at"] - placed[row["id"]]).total_seconds() for row in confirmed)
    return Delays(
        len(sagas),
        *(percentile(effects, share) * 1000 for share in (0.5, 0.99)),
        *(percentile(sagas, share) * 1000 for share in (0.5, 0.99)),
    )
