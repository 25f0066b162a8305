"""Idempotency keys that live in the business transaction (IETF draft idempotency-key-header-07).

A use case claims its key first and stores its answer last; both commit with the effect or not
at all. So a key can never be remembered without its order, nor an order without its key.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key. `scope` is caller and route; `fingerprint` a digest of the request."""

    scope: str
    key: str
    fingerprint: str

    @property
    def lock(self) -> int:
        """A signed 64-bit number for PostgreSQL's advisory lock."""
        digest = hashlib.sha256(f"{self.scope}\0{self.key}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request was told: its HTTP status and Location."""

    status: int
    location: str | None


class KeyReused(Exception):
    """The key was used before for another request (422)."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Idempotency-Key {key!r} was used before for another request.")


class KeyInFlight(Exception):
    """The first request with this key is still running (409); try again shortly."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The first request with Idempotency-Key {key!r} is still running.")


# One round trip: the advisory lock, held until the transaction ends, and the stored answer.
_CLAIM = """
SELECT pg_try_advisory_xact_lock(:lock) AS locked, k.fingerprint, k.status, k.location
FROM (SELECT 1) AS one LEFT JOIN {table} AS k ON k.scope = :scope AND k.key = :key
"""


class IdempotencyKeys:
    """The keys of one service, seen from inside one transaction."""

    def __init__(self, connection: AsyncConnection, table: Table) -> None:
        self._connection = connection
        self._table = table
        self._claim = text(_CLAIM.format(table=table.name))

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Returns the stored answer, or None for the first request, which then holds the key.

        Raises KeyReused for another body under the same key, KeyInFlight while the first runs.
        """
        values = {"lock": key.lock, "scope": key.scope, "key": key.key}
        row = (await self._connection.execute(self._claim, values)).one()
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
