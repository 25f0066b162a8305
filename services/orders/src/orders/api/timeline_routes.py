"""The route of an order's timeline: everything that happened to it, in order.

For the buyer and the staff; the README's "follow one order" reads it.
"""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import problem_responses
from chassis.schemas import StrictModel
from orders.api import later_examples as examples
from orders.api.answers import answer
from orders.api.bodies import Linked, links_to
from orders.api.dependencies import READ_ALL, OrderId, Reader, Services
from orders.api.problems import PROBLEMS
from orders.application.queries import read_order
from orders.application.timeline import Kind, Party, TimelineView
from orders.domain import errors

router = APIRouter(prefix="/v1/orders", tags=["orders"])


class EntryOut(StrictModel):
    """One thing that happened. `name` is an operation, a message's type or a mail's template.

    `attempt` and `compensation` are the saga's: which time it asked, and whether to undo a step.
    """

    position: int
    at: datetime
    kind: Kind
    name: str
    request_id: str
    trace_id: str | None
    message_id: UUID | None
    actor: Party | None
    attempt: int | None
    compensation: bool

    @classmethod
    def of(cls, view: TimelineView) -> Self:
        """Returns the body."""
        entry = view.entry
        return cls(
            position=view.position,
            at=entry.at,
            kind=entry.kind,
            name=entry.name,
            request_id=entry.request_id,
            trace_id=entry.trace_id,
            message_id=entry.message_id,
            actor=entry.actor,
            attempt=entry.attempt,
            compensation=entry.compensation,
        )


class TimelineOut(Linked):
    """A page of an order's timeline, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TIMELINE]})

    trace_id: Annotated[str | None, Field(description="Of the page's first entry that has one.")]
    items: list[EntryOut]


class TimelineCursor(StrictModel):
    """The last entry of a page."""

    position: Annotated[int, Field(ge=0, le=2**63 - 1)]


@router.get(
    "/{order_id}/timeline",
    operation_id="read_timeline",
    summary="Everything that happened to an order",
    response_model=TimelineOut,
    responses=problem_responses(errors.OrderNotFound, table=PROBLEMS),
)
async def get_timeline(
    order_id: OrderId,
    request: Request,
    visitor: Reader,
    services: Services,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Requests, messages sent and received with their ids, the saga's attempts and compensations,
    and mails; each with the trace it belongs to.
    """
    await read_order(order_id, visitor.unless_may(READ_ALL), services.orders)
    after = decode_cursor(cursor, TimelineCursor).position if cursor else 0
    found = await services.timelines.page(order_id, after, limit + 1)
    entries = [EntryOut.of(view) for view in found]
    page = page_of(entries, limit, lambda last: {"position": last.position})
    places = page_links(request, page.next_cursor)
    body = TimelineOut(
        trace_id=next((entry.trace_id for entry in page.items if entry.trace_id), None),
        items=list(page.items),
        links=links_to({relation: place["href"] for relation, place in places.items()}),
    )
    return answer(body, Link=link_header(request, page.next_cursor))
