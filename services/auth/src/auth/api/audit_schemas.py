"""Bodies of the audit trail's API, as OpenAPI shows them.

Ids and paths stand in an entry and no contents, so that nothing personal is kept for ever.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from auth.application.audit_trail import AuditEntry
from chassis.schemas import StrictModel

Links = dict[str, dict[str, str]]

ENTRY_ID = "01990000-0000-7000-8000-000000000a01"
SUPPORT_ID = "01990000-0000-7000-8000-0000000000f2"
_PAYMENT = "/v1/payments/01990000-0000-7000-8000-0000000000e1"
ENTRY: dict[str, Any] = {
    "id": ENTRY_ID,
    "at": "2026-11-22T13:00:01Z",
    "service": "payments",
    "operation": "refund_payment",
    "actor": SUPPORT_ID,
    "on_behalf_of": None,
    "client_id": "swagger-ui",
    "roles": ["support"],
    "target": "01990000-0000-7000-8000-0000000000e1",
    "method": "POST",
    "path": f"{_PAYMENT}/refunds",
    "outcome": f"{_PAYMENT}/operations/01990000-0000-7000-8000-0000000000e2",
    "request_id": "01990000-0000-7000-8000-000000000b01",
}
PAGE: dict[str, Any] = {
    "items": [ENTRY],
    "_links": {"self": {"href": "/v1/audit-entries?operation=refund_payment"}},
}


class AuditEntryBody(BaseModel):
    """One change: who made it, with which rights, to what, and where its outcome can be read."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENTRY]})

    id: UUID
    at: datetime
    service: str
    operation: Annotated[str, Field(description="The operationId of the request.")]
    actor: Annotated[str, Field(description="An account's id, or a machine client's.")]
    on_behalf_of: Annotated[
        str | None, Field(description="The account that the actor's exchanged token is for.")
    ]
    client_id: str
    roles: list[str]
    target: Annotated[str, Field(description="What was changed: an id, or a product's slug.")]
    method: str
    path: str
    outcome: str | None
    request_id: Annotated[str, Field(description="As in the logs and traces of every service.")]

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditEntryBody":
        """Shows an entry."""
        return cls.model_validate(entry, from_attributes=True)


class AuditPage(BaseModel):
    """A page of entries, newest first."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [PAGE]})

    items: list[AuditEntryBody]
    links: Annotated[Links, Field(alias="_links")]


class AuditCursor(StrictModel):
    """Where a page goes on."""

    id: UUID
