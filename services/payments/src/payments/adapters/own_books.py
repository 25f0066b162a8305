"""Our payments together with their ledger, as the reconciliation compares them.

One statement a page, without locks. The key of a payment is the id of its authorisation, under
which the provider was asked.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.adapters.payment_repository import payment_of
from payments.adapters.times import first_id_of
from payments.domain.reconciliation import Position

_PAGE = 500
_POSITIONS = """
SELECT p.*, o.id AS key,
    EXISTS (SELECT FROM operations AS w WHERE w.payment_id = p.id AND w.stage = 'waiting')
        AS in_flight,
    (SELECT json_object_agg(account, amount) FROM (
        SELECT e.account, sum(e.amount) AS amount
        FROM ledger_postings AS l JOIN ledger_entries AS e ON e.posting_id = l.id
        WHERE l.payment_id = p.id GROUP BY e.account) AS accounts) AS balances
FROM operations AS o JOIN payments AS p ON p.id = o.payment_id
WHERE o.kind = 'authorise'
"""
_BY_KEYS = text(_POSITIONS + "AND o.id = ANY(:keys)")
_CHARGED = text(
    _POSITIONS + "AND p.reference IS NOT NULL AND p.id > :after ORDER BY p.id LIMIT :limit"
)


class SqlOwnBooks:
    """Implements the `OwnBooks` port."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def positions(self, keys: Sequence[UUID]) -> dict[UUID, Position]:
        found = await self._read(_BY_KEYS, {"keys": list(keys)})
        return {position.key: position for position in found}

    async def charged(self, since: datetime, after: UUID | None) -> Sequence[Position]:
        first = after or first_id_of(since)
        return await self._read(_CHARGED, {"after": first, "limit": _PAGE})

    async def _read(self, statement: TextClause, values: dict[str, object]) -> list[Position]:
        async with self._engine.connect() as connection:
            return [_position(row) for row in await connection.execute(statement, values)]


def _position(row: Row[tuple[object, ...]]) -> Position:
    return Position(row.key, payment_of(row), dict(row.balances or {}), row.in_flight)
