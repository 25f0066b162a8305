"""Idempotency keys that live in the business transaction (IETF draft idempotency-key-header-07).

A use case claims its key first and stores its answer last; both commit with the effect or not
at all. So a key can never be remembered without its order, nor an order without its key. These
are the words; `sql_idempotency.py` keeps the keys in PostgreSQL.
"""

import hashlib
from dataclasses import dataclass


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
