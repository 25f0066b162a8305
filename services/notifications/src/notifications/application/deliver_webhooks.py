"""Sends what webhooks are due: one try at one delivery, and what follows from how it went.

`lanes.py` claims and calls `deliver`. A claim is a lease: what a crash cut short is sent again when
it ends, under the same `webhook-id`. So a message comes at least once, and in no promised order.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from opentelemetry.trace import SpanKind

from chassis.context import conversation
from chassis.ids import uuid7
from chassis.logs import get_logger
from chassis.telemetry import extract, tracer
from notifications.application.write_message import Cause, Notice, tell_owner
from notifications.domain.delivery import GONE, Attempt, Delivery, DeliveryStatus
from notifications.domain.errors import WebhookNotFound
from notifications.domain.message import Template
from notifications.domain.webhook import Webhook
from notifications.domain.webhook_ports import DueDelivery, Poster, WebhookWork

LEASE = timedelta(seconds=30)
"""A try takes ten at most, and what is claimed together is sent side by side."""
EACH = 4
"""So many deliveries are under way to one webhook, in one process."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Courier:
    """What sending needs; `clock` returns aware UTC, `jitter` a number from 0 to 1."""

    unit_of_work: Callable[[], WebhookWork]
    poster: Poster
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    mail_domain: str


async def claim(courier: Courier, busy: Collection[UUID]) -> list[DueDelivery]:
    """Takes what is due for the webhooks that are not busy."""
    now = courier.clock()
    async with courier.unit_of_work() as uow:
        due = await uow.deliveries.claim(now, now + LEASE, EACH, busy)
        await uow.commit()
    return due


async def deliver(due: DueDelivery, courier: Courier) -> None:
    """Sends one message in the trace of its event, and writes down how that went."""
    delivery, webhook = due.delivery, due.webhook
    span = tracer().start_as_current_span(
        f"deliver {delivery.event_type}", context=extract(due.traceparent), kind=SpanKind.CLIENT
    )
    with span, conversation(due.correlation_id, str(delivery.event_id)):
        headers = webhook.headers(str(delivery.event_id), due.body, courier.clock())
        attempt = await courier.poster.post(webhook.url, headers, due.body)
        delivery.record(attempt, courier.clock(), courier.jitter())
        log.info(
            "webhook_tried",
            webhook_id=str(webhook.id),
            delivery_id=str(delivery.id),
            status=attempt.status,
            error=attempt.error,
            outcome=delivery.status.value,
        )
        await _finish(due, attempt, courier)


async def _finish(due: DueDelivery, attempt: Attempt, courier: Courier) -> None:
    async with courier.unit_of_work() as uow:
        if due.delivery.status is DeliveryStatus.FAILED:
            await _give_up(due, attempt, courier, uow)
        else:
            await _save(due, uow)
        await uow.commit()


async def _save(due: DueDelivery, uow: WebhookWork) -> bool:
    saved = await uow.deliveries.save(due.delivery, due.lease)
    if not saved:
        log.warning("lease_lost", delivery_id=str(due.delivery.id))
    return saved


async def _give_up(due: DueDelivery, attempt: Attempt, courier: Courier, uow: WebhookWork) -> None:
    """Locks the webhook before its delivery: several may be given up at the same moment."""
    try:
        webhook = await uow.webhooks.lock(due.webhook.id)
    except WebhookNotFound:
        return
    if webhook.url != due.webhook.url:
        # Another address answered than the one that it has now.
        due.delivery.begin_again(courier.clock())
    saved = await _save(due, uow)
    if saved and webhook.enabled and due.delivery.status is DeliveryStatus.FAILED:
        problem = await _reason_to_disable(due.delivery, attempt, uow)
        if problem is not None:
            await _disable(webhook, problem, due.delivery, courier, uow)


async def _reason_to_disable(delivery: Delivery, attempt: Attempt, uow: WebhookWork) -> str | None:
    """Returns None for an endpoint that took other messages meanwhile: that one is at fault."""
    if attempt.status == GONE:
        return "The endpoint said that it is gone (410)."
    if await uow.deliveries.taken_since(delivery.webhook_id, delivery.begun_at):
        return None
    last = attempt.error or f"it answered {attempt.status}"
    return f"It took no message for three days; at last: {last}."


async def _disable(
    webhook: Webhook, problem: str, last: Delivery, courier: Courier, uow: WebhookWork
) -> None:
    """Gives up all that waits for the webhook too, and writes to its owner once."""
    webhook.disable(problem, courier.clock())
    await uow.webhooks.save(webhook)
    given_up = await uow.deliveries.give_up(webhook.id)
    log.warning("webhook_disabled", webhook_id=str(webhook.id), given_up=given_up)
    if webhook.owner is not None:
        details = {"url": webhook.url, "problem": problem}
        # It may be enabled and disabled again, which is news each time.
        notice = Notice(Template.WEBHOOK_DISABLED, details, uuid7())
        cause = Cause(last.event_id, courier.mail_domain)
        await tell_owner(webhook.owner, notice, cause, uow)
