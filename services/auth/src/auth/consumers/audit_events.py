"""Handlers of `audit.events`: each change becomes an entry of the trail, once.

Every service publishes there in the transaction of the change, auth itself included.
"""

from collections.abc import Mapping
from typing import Protocol

from pydantic import BaseModel

from auth.application.audit_trail import AuditEntry, TrailUnitOfWork
from chassis.audit import TOPIC as TOPIC
from chassis.audit import TYPE
from chassis.delivery import ConsumerUnitOfWork, Handler
from chassis.envelope import Event


class ChangeMade(BaseModel):
    """The data of `audit.change_made.v1`."""

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


class ConsumedTrail(TrailUnitOfWork, ConsumerUnitOfWork, Protocol):
    """What the consumer hands to the handlers."""


async def record(event: Event, uow: ConsumedTrail) -> None:
    """Writes the change down."""
    change = event.parse(ChangeMade)
    await uow.trail.add(AuditEntry(id=event.id, at=event.time, **change.model_dump()))


HANDLERS: Mapping[str, Handler[ConsumedTrail]] = {TYPE: record}
