"""The routes of `/v1/messages`.

A customer sees their own messages, whoever has `messages:read_all` sees all; for everybody else a
message does not exist.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import problem_responses
from notifications.api.dependencies import Owner, Reads
from notifications.api.examples import MESSAGE_ID
from notifications.api.problems import PROBLEMS
from notifications.api.schemas import MessageBody, MessageCursor, MessagePage
from notifications.application.queries import MessageFilter, MessageView, read_message
from notifications.domain.errors import MessageNotFound
from notifications.domain.message import Status, Template

router = APIRouter(prefix="/v1/messages", tags=["notifications"])

MessageId = Annotated[UUID, Path(examples=[MESSAGE_ID])]
OrderId = Annotated[UUID | None, Query(description="Only messages about this order.")]
OfTemplate = Annotated[Template | None, Query(description="Only messages of this kind.")]
InStatus = Annotated[Status | None, Query(description="Only messages that came so far.")]


@router.get("", operation_id="list_messages", summary="Messages, newest first")
async def list_messages(
    owner: Owner,
    request: Request,
    response: Response,
    reads: Reads,
    order_id: OrderId = None,
    template: OfTemplate = None,
    status: InStatus = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> MessagePage:
    """The caller's own messages, or everybody's for support."""
    before = decode_cursor(cursor, MessageCursor).id if cursor else None
    wanted = MessageFilter(owner, order_id, template, status)
    rows = await reads.messages(wanted, before, limit + 1)
    page = page_of(rows, limit, lambda message: {"id": message.id})
    response.headers["Link"] = link_header(request, page.next_cursor)
    links = page_links(request, page.next_cursor)
    return MessagePage(items=[_body(message) for message in page.items], links=links)


@router.get(
    "/{message_id}",
    operation_id="get_message",
    summary="One message",
    responses=problem_responses(MessageNotFound, table=PROBLEMS),
)
async def get_message(owner: Owner, message_id: MessageId, reads: Reads) -> MessageBody:
    """How far the message came, and how often it was tried."""
    return _body(await read_message(message_id, owner, reads))


def _body(message: MessageView) -> MessageBody:
    links = {"self": {"href": f"/v1/messages/{message.id}"}}
    if message.order_id is not None:
        links["order"] = {"href": f"/v1/orders/{message.order_id}"}
    return MessageBody(
        id=message.id,
        template=message.template,
        status=message.status,
        order_id=message.order_id,
        email=message.email,
        message_header_id=message.header_id,
        attempts=message.attempts,
        problem=message.problem,
        created_at=message.created_at,
        sent_at=message.sent_at,
        links=links,
    )
