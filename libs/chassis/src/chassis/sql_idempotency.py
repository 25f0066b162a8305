"""Idempotency keys in a service's own PostgreSQL tables, inside its transaction.

Apart from `idempotency.py`, so that use cases and services without SQL name the keys without
loading SQLAlchemy. The unit of work makes it.
"""

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.idempotency import IdempotencyKey, KeyInFlight, KeyReused, StoredAnswer

# One round trip: the advisory lock, held until the transaction ends, and the stored answer.
_CLAIM = text("""
SELECT pg_try_advisory_xact_lock(:lock) AS locked, k.fingerprint, k.status, k.location
FROM (SELECT 1) AS one LEFT JOIN idempotency_keys AS k ON k.scope = :scope AND k.key = :key
""")


class IdempotencyKeys:
    """The keys of one service, seen from inside one transaction.

    `location` is where the answer that was stored in it points, for the audit trail.
    """

    location: str | None = None

    def __init__(self, connection: AsyncConnection, table: Table) -> None:
        self._connection = connection
        self._table = table

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Returns the stored answer, or None for the first request, which then holds the key.

        Raises KeyReused for another body under the same key, KeyInFlight while the first runs.
        """
        values = {"lock": key.lock, "scope": key.scope, "key": key.key}
        row = (await self._connection.execute(_CLAIM, values)).one()
        if row.fingerprint is None:
            if not row.locked:
                raise KeyInFlight(key.key)
            return None
        if row.fingerprint != key.fingerprint:
            raise KeyReused(key.key)
        return StoredAnswer(row.status, row.location)

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keeps the answer. Raises KeyInFlight when a twin committed since our claim looked."""
        statement = insert(self._table).values(
            scope=key.scope,
            key=key.key,
            fingerprint=key.fingerprint,
            status=answer.status,
            location=answer.location,
        )
        result = await self._connection.execute(statement.on_conflict_do_nothing())
        if result.rowcount != 1:
            raise KeyInFlight(key.key)
        self.location = answer.location
