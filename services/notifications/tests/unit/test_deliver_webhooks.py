"""Sending to webhooks: leases, the end after three days, the owner's mail, and a lane for each."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from notifications.application.deliver_webhooks import EACH, LEASE, Courier, claim, deliver
from notifications.application.lanes import Lanes
from notifications.application.manage_webhooks import Registry, change_webhook
from notifications.application.offer_event import offer_event
from notifications.domain.delivery import LOG_KEPT, PATIENCE, Delivery, DeliveryStatus
from notifications.domain.destination import Guard
from notifications.domain.message import Status, Template
from notifications.domain.webhook import Secret, Webhook
from services.notifications.tests.fakes import (
    NOON,
    FakeClock,
    FakeUnitOfWork,
    Mailroom,
    event,
)
from services.notifications.tests.fakes_webhooks import FakePoster

SHIPPED = "orders.order_shipped.v1"
OWNER = UUID("01990000-0000-7000-8000-0000000000f3")
PENDING, DELIVERED, FAILED = DeliveryStatus


@dataclass
class Office:
    """Everything that sending needs, over fakes."""

    room: Mailroom
    clock: FakeClock
    poster: FakePoster
    courier: Courier
    wake: asyncio.Event

    def webhook(self, number: int, *kinds: str) -> Webhook:
        made = Webhook(
            UUID(int=number),
            OWNER,
            f"https://{number}.example/in",
            frozenset(kinds or (SHIPPED,)),
            "",
            NOON - timedelta(days=1),
            NOON,
            (Secret(b"s" * 32),),
        )
        self.room.endpoints.webhooks[made.id] = made
        return made

    async def happens(self, kind: str = SHIPPED, **changes: Any) -> None:
        async with FakeUnitOfWork(self.room) as uow:
            offer_event(event(kind, **changes), uow.deliveries)
            await uow.commit()

    async def send(self) -> int:
        due = await claim(self.courier, ())
        for one in due:
            await deliver(one, self.courier)
        return len(due)

    def of(self, webhook: Webhook) -> list[Delivery]:
        every = self.room.endpoints.deliveries.values()
        return [delivery for delivery in every if delivery.webhook_id == webhook.id]

    def now(self, webhook: Webhook) -> Webhook:
        return self.room.endpoints.webhooks[webhook.id]


@pytest.fixture
def office(room: Mailroom) -> Office:
    clock = FakeClock()
    room.endpoints.now = clock
    poster, wake = FakePoster(clock), asyncio.Event()
    courier = Courier(lambda: FakeUnitOfWork(room), poster, clock, lambda: 1.0, "souk.example")
    return Office(room, clock, poster, courier, wake)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events happen at NOON too."""
    monkeypatch.setattr("notifications.application.offer_event.utcnow", lambda: NOON)
    monkeypatch.setattr("chassis.envelope.utcnow", lambda: NOON)


async def test_an_event_goes_to_each_webhook_that_wants_it_signed_and_without_personal_data(
    office: Office,
) -> None:
    wants, other = office.webhook(1), office.webhook(2, "payments.payment_refunded.v1")
    contact = {"email": "guest@example.com", "name": "Gwen Guest"}
    await office.happens(contact=contact, customer_id=None)
    assert await office.send() == 1
    [(url, headers, body)] = office.poster.posted
    [delivery] = office.of(wants)
    assert (url, headers["webhook-id"]) == (wants.url, str(delivery.event_id))
    assert headers == wants.headers(headers["webhook-id"], body, NOON)
    message = json.loads(body)
    assert message["type"] == SHIPPED
    assert message["data"]["tracking"] == "AB123456789GB"
    assert b"guest@example.com" not in body and b"Gwen" not in body
    assert (delivery.status, office.of(other)) == (DELIVERED, [])


async def test_an_event_that_comes_again_is_written_down_once(office: Office) -> None:
    webhook, shipped = office.webhook(1), event(SHIPPED)
    for _ in range(2):
        async with FakeUnitOfWork(office.room) as uow:
            offer_event(shipped, uow.deliveries)
            await uow.commit()
    assert len(office.of(webhook)) == 1


async def test_what_happened_before_the_webhook_or_before_the_log_is_not_sent(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = office.webhook(1)
    webhook.created_at = NOON + timedelta(seconds=1)
    await office.happens()
    webhook.created_at = NOON - timedelta(days=99)
    later = NOON + LOG_KEPT
    monkeypatch.setattr("notifications.application.offer_event.utcnow", lambda: later)
    await office.happens()
    assert office.of(webhook) == []


async def test_a_refusal_is_written_down_and_tried_again_later(office: Office) -> None:
    webhook = office.webhook(1)
    office.poster.answers[webhook.url] = 500
    await office.happens()
    assert [await office.send(), await office.send()] == [1, 0]
    office.clock.move(seconds=5)
    office.poster.answers[webhook.url] = "refused"
    assert await office.send() == 1
    office.clock.move(seconds=10)
    office.poster.answers[webhook.url] = 200
    assert await office.send() == 1
    [delivery] = office.of(webhook)
    tries = [(one.status, one.error) for one in delivery.log]
    assert tries == [(500, None), (None, "refused"), (200, None)]
    ids = {headers["webhook-id"] for _, headers, _ in office.poster.posted}
    assert (delivery.status, len(ids)) == (DELIVERED, 1)


async def test_a_crash_in_the_middle_costs_a_lease_and_no_message(office: Office) -> None:
    webhook = office.webhook(1)
    await office.happens()
    [lost] = await claim(office.courier, ())
    assert await office.send() == 0
    office.clock.move(seconds=LEASE.total_seconds())
    assert await office.send() == 1
    await deliver(lost, office.courier)
    [delivery] = office.of(webhook)
    assert (delivery.status, delivery.tries, len(delivery.log)) == (DELIVERED, 2, 1)


async def fail_for_three_days(office: Office, webhook: Webhook) -> None:
    office.poster.answers[webhook.url] = 503
    while office.now(webhook).enabled and office.clock.now < NOON + PATIENCE * 2:
        await office.send()
        office.clock.move(hours=4)


async def test_after_three_days_the_endpoint_is_disabled_and_its_owner_told_once(
    office: Office,
) -> None:
    webhook = office.webhook(1)
    for number in range(3):
        await office.happens(shipment_id=str(UUID(int=number)))
    await fail_for_three_days(office, webhook)
    held = office.now(webhook)
    assert held.problem == "It took no message for three days; at last: it answered 503."
    assert {delivery.status for delivery in office.of(webhook)} == {FAILED}
    message = office.room.only()
    assert (message.template, message.user_id) == (Template.WEBHOOK_DISABLED, OWNER)
    assert message.status is Status.WAITING
    assert message.details == {"url": webhook.url, "problem": held.problem}
    await office.happens()
    assert len(office.of(webhook)) == 3


async def test_one_message_that_is_refused_does_not_disable_an_endpoint_that_works(
    office: Office,
) -> None:
    webhook = office.webhook(1)
    await office.happens()
    [refused] = office.of(webhook)
    refused.gives_up_at = NOON + timedelta(seconds=1)
    office.poster.answers[webhook.url] = 400
    await office.send()
    office.clock.move(seconds=1)
    office.poster.answers[webhook.url] = 200
    async with FakeUnitOfWork(office.room) as uow:
        assert await uow.deliveries.claim(NOON, NOON, EACH, ()) == []
    await office.happens(shipment_id=str(UUID(int=9)))
    taken = next(d for d in office.of(webhook) if d.id != refused.id)
    [due] = [one for one in await claim(office.courier, ()) if one.delivery.id == taken.id]
    await deliver(due, office.courier)
    office.poster.answers[webhook.url] = 400
    office.clock.move(minutes=1)
    await office.send()
    assert {d.id: d.status for d in office.of(webhook)}[refused.id] is FAILED
    assert office.now(webhook).enabled and office.room.messages == {}


async def test_an_endpoint_that_says_it_is_gone_is_disabled_at_once(office: Office) -> None:
    webhook = office.webhook(1)
    office.poster.answers[webhook.url] = 410
    await office.happens()
    await office.send()
    assert office.now(webhook).problem == "The endpoint said that it is gone (410)."


async def test_an_address_that_the_webhook_has_left_meanwhile_disables_nothing(
    office: Office,
) -> None:
    webhook = office.webhook(1)
    office.poster.answers[webhook.url] = 410
    await office.happens()
    [due] = await claim(office.courier, ())
    office.now(webhook).url = "https://moved.example/in"
    await deliver(due, office.courier)
    assert office.now(webhook).enabled and office.room.messages == {}
    assert await office.send() == 1
    [delivery] = office.of(webhook)
    assert (office.poster.posted[-1][0], delivery.status) == ("https://moved.example/in", DELIVERED)


async def test_an_endpoint_that_died_since_is_disabled_by_an_old_delivery_that_was_begun_again(
    office: Office,
) -> None:
    webhook = office.webhook(1)
    await office.happens()
    office.clock.move(seconds=1)
    await office.send()
    office.clock.move(days=10)
    [delivery] = office.of(webhook)
    delivery.begin_again(office.clock.now)
    office.poster.answers[webhook.url] = 503
    while office.of(webhook)[0].status is PENDING:
        await office.send()
        office.clock.move(hours=4)
    assert not office.now(webhook).enabled


async def test_a_webhook_that_is_enabled_again_has_three_days_for_what_waited_meanwhile(
    office: Office,
) -> None:
    webhook = office.webhook(1)
    await office.happens()
    registry = Registry(lambda: FakeUnitOfWork(office.room), Guard(), office.clock)
    await change_webhook(webhook.id, {"enabled": False}, None, registry)
    office.clock.move(days=4)
    assert await office.send() == 0
    await change_webhook(webhook.id, {"enabled": True}, None, registry)
    office.poster.answers[webhook.url] = 503
    assert await office.send() == 1
    assert office.now(webhook).enabled and office.of(webhook)[0].status is PENDING
    assert office.of(webhook)[0].gives_up_at == office.clock.now + PATIENCE


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def test_a_slow_endpoint_holds_up_nobody_else_and_takes_few_at_a_time(
    office: Office,
) -> None:
    slow, quick = office.webhook(1), office.webhook(2)
    hanging = office.poster.answers[slow.url] = asyncio.Event()
    for number in range(10):
        await office.happens(shipment_id=str(UUID(int=number)))
    lanes = Lanes(office.courier, office.wake)
    running = asyncio.create_task(lanes.run())
    await until(lambda: {d.status for d in office.of(quick)} == {DELIVERED})
    assert sum(url == slow.url for url, _, _ in office.poster.posted) == EACH
    assert {delivery.status for delivery in office.of(slow)} == {PENDING}
    hanging.set()
    await until(lambda: {d.status for d in office.of(slow)} == {DELIVERED})
    await lanes.stop()
    await running


async def test_what_a_lane_fails_with_is_not_swallowed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.webhook(1)
    await office.happens()

    async def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(office.poster, "post", broken)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await asyncio.wait_for(Lanes(office.courier, office.wake).run(), 5)


async def test_a_stop_waits_a_moment_for_what_is_under_way_and_then_cuts_it_short(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.application.lanes.PATIENCE_SECONDS", 0.01)
    webhook = office.webhook(1)
    office.poster.answers[webhook.url] = asyncio.Event()
    await office.happens()
    lanes = Lanes(office.courier, office.wake)
    running = asyncio.create_task(lanes.run())
    await until(lambda: bool(office.poster.posted))
    await lanes.stop()
    await asyncio.wait_for(running, 5)
    assert office.of(webhook)[0].status is PENDING
