"""The routes of `/v1/webhooks`: where merchants are told of events.

Whoever has the scope manages all of them; their owner is only whom we write to when one has to be
disabled.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Request, Response

from chassis.http_idempotency import RequiredKey
from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import problem_responses
from notifications.api.dependencies import (
    IfMatch,
    Merchant,
    TheRegistry,
    WebhookReads,
    account_of,
)
from notifications.api.problems import PROBLEMS
from notifications.api.schemas import MessageCursor
from notifications.api.webhook_examples import WEBHOOK_ID
from notifications.api.webhook_schemas import (
    WebhookBody,
    WebhookPage,
    WebhookPatch,
    WebhookRequest,
)
from notifications.application.manage_webhooks import (
    PATH,
    Wanted,
    change_webhook,
    register_webhook,
    remove_webhook,
    rotate_secret,
    webhook_etag,
)
from notifications.application.webhook_queries import read_webhook
from notifications.domain.errors import (
    TooManyWebhooks,
    UrlRefused,
    WebhookChanged,
    WebhookNotFound,
)

router = APIRouter(prefix=PATH, tags=["webhooks"])

WebhookId = Annotated[UUID, Path(examples=[WEBHOOK_ID])]
Patch = Annotated[WebhookPatch, Body(media_type="application/merge-patch+json")]
_KEPT = problem_responses(WebhookNotFound, WebhookChanged, table=PROBLEMS)


@router.post(
    "",
    status_code=201,
    operation_id="create_webhook",
    summary="Register a webhook",
    responses=problem_responses(UrlRefused, TooManyWebhooks, WebhookNotFound, table=PROBLEMS),
)
async def create(
    caller: Merchant,
    body: WebhookRequest,
    response: Response,
    key: RequiredKey,
    registry: TheRegistry,
) -> WebhookBody:
    """The secret is in this answer and nowhere else afterwards; who lost it rotates it."""
    wanted = Wanted(
        body.url, frozenset(map(str, body.event_types)), body.description, account_of(caller)
    )
    made = await register_webhook(wanted, key.scoped(caller.identity), registry)
    response.headers["Location"] = f"{PATH}/{made.webhook.id}"
    response.headers["ETag"] = webhook_etag(made.webhook)
    response.headers["Cache-Control"] = "no-store"
    return WebhookBody.made(made)


@router.get("", operation_id="list_webhooks", summary="Webhooks, newest first")
async def list_all(
    _caller: Merchant,
    request: Request,
    response: Response,
    reads: WebhookReads,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> WebhookPage:
    """All of the shop's."""
    before = decode_cursor(cursor, MessageCursor).id if cursor else None
    rows = await reads.webhooks(before, limit + 1)
    page = page_of(rows, limit, lambda webhook: {"id": webhook.id})
    response.headers["Link"] = link_header(request, page.next_cursor)
    links = page_links(request, page.next_cursor)
    return WebhookPage(items=[WebhookBody.of(webhook) for webhook in page.items], links=links)


@router.get(
    "/{webhook_id}",
    operation_id="read_webhook",
    summary="One webhook",
    responses=problem_responses(WebhookNotFound, table=PROBLEMS),
)
async def read(
    _caller: Merchant, webhook_id: WebhookId, response: Response, reads: WebhookReads
) -> WebhookBody:
    """Without its secret."""
    webhook = await read_webhook(webhook_id, reads)
    response.headers["ETag"] = webhook_etag(webhook)
    return WebhookBody.of(webhook)


@router.patch(
    "/{webhook_id}",
    operation_id="change_webhook",
    summary="Change a webhook",
    responses=_KEPT | problem_responses(UrlRefused, table=PROBLEMS),
)
async def change(
    _caller: Merchant,
    webhook_id: WebhookId,
    body: Patch,
    response: Response,
    registry: TheRegistry,
    if_match: IfMatch = None,
) -> WebhookBody:
    """A JSON Merge Patch. While it is disabled nothing is written down for it."""
    webhook = await change_webhook(webhook_id, body.changes(), if_match, registry)
    response.headers["ETag"] = webhook_etag(webhook)
    return WebhookBody.of(webhook)


@router.delete(
    "/{webhook_id}",
    status_code=204,
    operation_id="remove_webhook",
    summary="Remove a webhook",
    responses=_KEPT,
)
async def remove(
    _caller: Merchant, webhook_id: WebhookId, registry: TheRegistry, if_match: IfMatch = None
) -> None:
    """The log of what was sent to it goes too."""
    await remove_webhook(webhook_id, if_match, registry)


@router.post(
    "/{webhook_id}/secret-rotations",
    status_code=201,
    operation_id="rotate_webhook_secret",
    summary="Change a webhook's secret",
    responses=_KEPT,
)
async def rotate(
    _caller: Merchant,
    webhook_id: WebhookId,
    response: Response,
    registry: TheRegistry,
    if_match: IfMatch = None,
) -> WebhookBody:
    """The new secret is in this answer; the old one signs beside it for 24 hours.

    Who loses the answer rotates again: all secrets of the last day sign, four at most.
    """
    made = await rotate_secret(webhook_id, if_match, registry)
    response.headers["ETag"] = webhook_etag(made.webhook)
    response.headers["Cache-Control"] = "no-store"
    return WebhookBody.made(made)
