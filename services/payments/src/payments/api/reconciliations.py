"""The routes of `/v1/payments/reconciliations`: our books against the provider's, on request.

A run is carried out by the reconciliation desk; staff follows it at its address, and puts right
by hand what it finds.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Path, Request, Response

from chassis.clock import utcnow
from chassis.http_idempotency import RequiredKey
from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import problem_responses
from payments.api.dependencies import Container, Reader, Reports, Writer, Writes
from payments.api.problems import PROBLEMS
from payments.api.reconciliation_schemas import (
    RECONCILIATION_ID,
    DifferenceBody,
    ReconciliationBody,
    ReconciliationCursor,
    ReconciliationDetail,
    ReconciliationPage,
    ReconciliationRequest,
)
from payments.application.reconciliations import RunView, location_of, start_reconciliation
from payments.domain.errors import ReconciliationNotFound

router = APIRouter(prefix="/v1/payments/reconciliations", tags=["payments"])

RunId = Annotated[UUID, Path(examples=[RECONCILIATION_ID])]
_SINCE: dict[str, Any] = {
    "as far as usual": {"value": {}},
    "since a time": {"value": {"since": "2026-11-01T00:00:00Z"}},
}
# Neither ids nor providers know a time before it.
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
Since = Annotated[ReconciliationRequest, Body(openapi_examples=_SINCE)]
_UNKNOWN = problem_responses(ReconciliationNotFound, table=PROBLEMS)


@router.post(
    "",
    operation_id="start_reconciliation",
    summary="Compare the books with the provider's",
    status_code=202,
)
async def post_reconciliation(
    caller: Writer,
    body: Since,
    response: Response,
    key: RequiredKey,
    uow: Writes,
    reports: Reports,
    container: Container,
) -> ReconciliationBody:
    """It runs within moments; its address says what it found."""
    now = utcnow()
    since = body.since or now - timedelta(days=container.reconciliation_days)
    since = min(max(since, _FIRST), now)
    run_id = await start_reconciliation(since, key.scoped(caller.identity), uow)
    response.headers["Location"] = location_of(run_id)
    return ReconciliationBody.model_validate(_body(await reports.run(run_id)))


@router.get("", operation_id="list_reconciliations", summary="Reconciliations, newest first")
async def list_reconciliations(
    _caller: Reader,
    request: Request,
    response: Response,
    reports: Reports,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> ReconciliationPage:
    """Those of the clock and those that staff asked for."""
    after = decode_cursor(cursor, ReconciliationCursor).id if cursor else None
    page = page_of(await reports.runs(after, limit + 1), limit, lambda run: {"id": run.id})
    response.headers["Link"] = link_header(request, page.next_cursor)
    items = [ReconciliationBody.model_validate(_body(run)) for run in page.items]
    return ReconciliationPage(items=items, links=page_links(request, page.next_cursor))


@router.get(
    "/{reconciliation_id}",
    operation_id="get_reconciliation",
    summary="One reconciliation with every difference",
    responses=_UNKNOWN,
)
async def get_reconciliation(
    _caller: Reader, reconciliation_id: RunId, reports: Reports
) -> ReconciliationDetail:
    """None are found until it has ended; then every difference stands here."""
    run = await reports.run(reconciliation_id)
    found = [
        DifferenceBody.model_validate(each) for each in await reports.differences(reconciliation_id)
    ]
    return ReconciliationDetail.model_validate({**_body(run), "found": found})


def _body(run: RunView) -> dict[str, Any]:
    links = {"self": {"href": location_of(run.id)}}
    names = ("id", "since", "requested_at", "ended_at", "charges", "payments", "in_flight")
    fields = {name: getattr(run, name) for name in (*names, "differences")}
    return fields | {"links": links}
