"""The audit trail in memory: what auth itself published of its changes, filtered as in SQL."""

from collections.abc import Sequence
from uuid import UUID

from auth.application.audit_trail import AuditEntry, AuditFilter
from auth.consumers.audit_events import TOPIC, ChangeMade
from chassis.testing import FakeUnitOfWork


class MemoryTrail:
    """Implements application.audit_trail.AuditReads."""

    def __init__(self, uow: FakeUnitOfWork) -> None:
        self._uow = uow

    async def entries(
        self, wanted: AuditFilter, before: UUID | None, limit: int
    ) -> Sequence[AuditEntry]:
        found = [
            AuditEntry(id=event.id, at=event.time, **event.parse(ChangeMade).model_dump())
            for topic, event in self._uow.published
            if topic == TOPIC
        ]
        fitting = [entry for entry in found if _fits(entry, wanted, before)]
        return sorted(fitting, key=lambda entry: entry.id, reverse=True)[:limit]


def _fits(entry: AuditEntry, wanted: AuditFilter, before: UUID | None) -> bool:
    named = (
        (entry.actor, wanted.actor),
        (entry.target, wanted.target),
        (entry.operation, wanted.operation),
    )
    return (
        all(value is None or has == value for has, value in named)
        and (wanted.since is None or entry.at >= wanted.since)
        and (before is None or entry.id < before)
    )
