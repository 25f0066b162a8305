"""The routes of `/v1/webhooks/{id}/deliveries`: what was sent to a webhook, and sending it again.

The log tells of each try its status, its time and its error, and never what the endpoint answered.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import problem_responses
from notifications.api.dependencies import Merchant, TheRegistry, WebhookReads
from notifications.api.problems import PROBLEMS
from notifications.api.schemas import MessageCursor
from notifications.api.webhook_examples import DELIVERY_ID, WEBHOOK_ID
from notifications.api.webhook_schemas import DeliveryBody, DeliveryPage, EventType
from notifications.application.manage_webhooks import PATH
from notifications.application.redeliver import redeliver
from notifications.application.webhook_queries import (
    DeliveryFilter,
    read_deliveries,
    read_delivery,
)
from notifications.domain.delivery import DeliveryStatus
from notifications.domain.errors import DeliveryNotFound, WebhookDisabled, WebhookNotFound

router = APIRouter(prefix=f"{PATH}/{{webhook_id}}/deliveries", tags=["webhooks"])

WebhookId = Annotated[UUID, Path(examples=[WEBHOOK_ID])]
DeliveryId = Annotated[UUID, Path(examples=[DELIVERY_ID])]
InStatus = Annotated[DeliveryStatus | None, Query(description="Only those that came so far.")]
OfType = Annotated[EventType | None, Query(description="Only those of such events.")]


@router.get(
    "",
    operation_id="list_webhook_deliveries",
    summary="What was sent to a webhook, newest first",
    responses=problem_responses(WebhookNotFound, table=PROBLEMS),
)
async def list_all(
    _caller: Merchant,
    webhook_id: WebhookId,
    request: Request,
    response: Response,
    reads: WebhookReads,
    status: InStatus = None,
    event_type: OfType = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> DeliveryPage:
    """The log of 33 days, with each try."""
    before = decode_cursor(cursor, MessageCursor).id if cursor else None
    wanted = DeliveryFilter(webhook_id, status, event_type)
    rows = await read_deliveries(wanted, before, limit + 1, reads)
    page = page_of(rows, limit, lambda delivery: {"id": delivery.id})
    response.headers["Link"] = link_header(request, page.next_cursor)
    links = page_links(request, page.next_cursor)
    return DeliveryPage(items=[DeliveryBody.of(found) for found in page.items], links=links)


@router.get(
    "/{delivery_id}",
    operation_id="read_webhook_delivery",
    summary="One delivery",
    responses=problem_responses(DeliveryNotFound, table=PROBLEMS),
)
async def read(
    _caller: Merchant, webhook_id: WebhookId, delivery_id: DeliveryId, reads: WebhookReads
) -> DeliveryBody:
    """How far it came, and each try."""
    return DeliveryBody.of(await read_delivery(webhook_id, delivery_id, reads))


@router.post(
    "/{delivery_id}/redelivery",
    status_code=202,
    operation_id="redeliver_webhook_delivery",
    summary="Send a delivery once more",
    responses=problem_responses(WebhookNotFound, DeliveryNotFound, WebhookDisabled, table=PROBLEMS),
)
async def send_again(
    _caller: Merchant, webhook_id: WebhookId, delivery_id: DeliveryId, registry: TheRegistry
) -> DeliveryBody:
    """At once, and for three days if need be; with the same `webhook-id`."""
    return DeliveryBody.of(await redeliver(webhook_id, delivery_id, registry))
