"""The audit trail, for the admin: who changed what with a staff role, as a machine or for another.

Nothing here writes: entries come from the services by `audit.events`.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from auth.api.audit_schemas import AuditCursor, AuditEntryBody, AuditPage
from auth.api.dependencies import Injected
from auth.application.audit_trail import AuditFilter
from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.schemas import Timestamp
from chassis.security import Caller, requires

router = APIRouter(tags=["audit"])

By = Annotated[
    str | None, Query(min_length=1, max_length=255, description="What this actor changed.")
]
To = Annotated[
    str | None, Query(min_length=1, max_length=255, description="What was done to this.")
]
Of = Annotated[
    str | None, Query(min_length=1, max_length=255, description="Changes by this operation.")
]
Since = Annotated[Timestamp | None, Query(description="RFC 3339; this moment included.")]


@router.get(
    "/v1/audit-entries",
    operation_id="list_audit_entries",
    summary="Who changed what, newest first",
)
async def list_audit_entries(
    _caller: Annotated[Caller, requires("audit:read")],
    request: Request,
    response: Response,
    container: Injected,
    actor: By = None,
    target: To = None,
    operation: Of = None,
    since: Since = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> AuditPage:
    """Changes made with a staff role, by machine clients and on behalf of others, of all services.

    An entry arrives a moment after its change.
    """
    before = decode_cursor(cursor, AuditCursor).id if cursor else None
    wanted = AuditFilter(actor, target, operation, since)
    rows = await container.audit.entries(wanted, before, limit + 1)
    page = page_of(rows, limit, lambda entry: {"id": entry.id})
    response.headers["Link"] = link_header(request, page.next_cursor)
    links = page_links(request, page.next_cursor)
    return AuditPage(items=[AuditEntryBody.of(entry) for entry in page.items], links=links)
