"""Idempotency keys in a service's own PostgreSQL tables, inside its transaction.

Apart from `idempotency.py`, so that use cases and services without SQL name the keys without
loading SQLAlchemy. The unit of work makes it.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.idempotency import IdempotencyKey, KeyInFlight, KeyReused, StoredAnswer

# One round trip: the advisory lock, held until the transaction ends, and the stored answer.
_CLAIM = text("""
SELECT pg_try_advisory_xact_lock(:lock) AS locked, k.fingerprint, k.status, k.location
FROM (SELECT 1) AS one LEFT JOIN idempotency_keys AS k ON k.scope = :scope AND k.key = :key
""")
_FIND = text("""
SELECT fingerprint, status, location FROM idempotency_keys WHERE scope = :scope AND key = :key
""")
# In the order of the keys, so that no two transactions wait for each other.
_STORE = text("""
INSERT INTO idempotency_keys (scope, key, fingerprint, status, location)
SELECT stored.* FROM unnest(
    CAST(:scopes AS text[]), CAST(:keys AS text[]), CAST(:fingerprints AS text[]),
    CAST(:statuses AS integer[]), CAST(:locations AS text[])
) AS stored (scope, key, fingerprint, status, location)
ORDER BY stored.scope, stored.key
ON CONFLICT DO NOTHING
RETURNING scope, key
""")
_FORGET = text("""
DELETE FROM idempotency_keys WHERE (scope, key) IN (
    SELECT * FROM unnest(CAST(:scopes AS text[]), CAST(:keys AS text[]))
)
""")


class IdempotencyKeys:
    """The keys of one service, seen from inside one transaction.

    `location` is where the answer that was stored in it points, for the audit trail.
    """

    location: str | None = None

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

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
        return _answer(row, key)

    async def find(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Returns the answer that is stored by now, and claims nothing. Raises KeyReused."""
        values = {"scope": key.scope, "key": key.key}
        row = (await self._connection.execute(_FIND, values)).one_or_none()
        return None if row is None else _answer(row, key)

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keeps the answer. Raises KeyInFlight when a twin committed since our claim looked."""
        if not await self.store_all([(key, answer)]):
            raise KeyInFlight(key.key)
        self.location = answer.location

    async def store_all(
        self, answers: Collection[tuple[IdempotencyKey, StoredAnswer]]
    ) -> set[tuple[str, str]]:
        """Keeps the answers of requests with different keys.

        Returns (scope, key) of those that no other transaction had kept.
        """
        keys, kept = [key for key, _ in answers], [answer for _, answer in answers]
        values = {
            "scopes": [key.scope for key in keys],
            "keys": [key.key for key in keys],
            "fingerprints": [key.fingerprint for key in keys],
            "statuses": [answer.status for answer in kept],
            "locations": [answer.location for answer in kept],
        }
        return {tuple(row) for row in await self._connection.execute(_STORE, values)}

    async def forget(self, keys: Collection[IdempotencyKey]) -> None:
        """Takes back what `store_all` kept in this transaction."""
        values = {"scopes": [key.scope for key in keys], "keys": [key.key for key in keys]}
        await self._connection.execute(_FORGET, values)


def _answer(row: Row[Any], key: IdempotencyKey) -> StoredAnswer:
    if row.fingerprint != key.fingerprint:
        raise KeyReused(key.key)
    return StoredAnswer(row.status, row.location)
