"""The audit trail: who did what to whom, from every service, for the admin to read.

The consumer of `audit.events` adds to it; GET /v1/audit-entries reads it. Nothing ever changes it,
so there is no aggregate behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `id` is that of the event, a UUIDv7, and so says when it was made."""

    id: UUID
    at: datetime
    service: str
    operation: str
    actor: str
    on_behalf_of: str | None
    client_id: str
    roles: tuple[str, ...]
    target: str
    method: str
    path: str
    outcome: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; None leaves a question open. `since` is included."""

    actor: str | None = None
    target: str | None = None
    operation: str | None = None
    since: datetime | None = None


class Trail(Protocol):
    """The trail as a transaction sees it."""

    async def add(self, entry: AuditEntry) -> None:
        """Writes an entry down."""


class TrailUnitOfWork(Protocol):
    """What the consumer works in: the inbox and the trail commit together."""

    @property
    def trail(self) -> Trail: ...


class AuditReads(Protocol):
    """What can be read of the trail."""

    async def entries(
        self, wanted: AuditFilter, before: UUID | None, limit: int
    ) -> Sequence[AuditEntry]:
        """Returns up to `limit` entries behind `before`, newest first."""
