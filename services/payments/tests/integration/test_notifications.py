"""Late answers on a real database: the simulated provider posts them, signed, to the real route."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr
from sqlalchemy import text

from payments.adapters.simulated_notifications import HEADER, written
from payments.adapters.simulated_provider import Pace, SimulatedProvider
from payments.adapters.simulated_webhooks import WebhookSender
from payments.application.void_payment import void_payment
from payments.bootstrap import bootstrap
from payments.domain.signatures import sign
from payments.settings import PaymentsSettings
from services.payments.tests.integration.conftest import PATIENCE_SECONDS, Shop

URL = "http://souk/v1/payments/webhooks/simulated"
SECRET = "whsec_integration"


@asynccontextmanager
async def reached(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """The API of the process, without a socket between."""
    settings = PaymentsSettings(
        environment="test",
        database_url=shop.dsn,
        provider_webhook_secret=SecretStr(SECRET),
        run=frozenset({"api"}),
    )
    app = bootstrap(settings).app
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
        yield client


async def deliver(sender: WebhookSender) -> None:
    """Waits until something is due, and posts it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await sender.step():
            await asyncio.sleep(0.01)


def late(shop: Shop, seconds: float = 0.05) -> SimulatedProvider:
    return SimulatedProvider(shop.provider_engine, Pace(later=seconds))


async def test_a_late_answer_is_posted_signed_and_taken_once(shop: Shop) -> None:
    async with reached(shop) as client:
        sender = WebhookSender(shop.provider_engine, client, URL, SECRET)
        async with shop.desks(late(shop)):
            approved = await shop.authorise("tok_processing")
            await deliver(sender)
            await shop.until(approved, "payment_authorised")
            declined = await shop.authorise("tok_processing_declined")
            await deliver(sender)
            await shop.until(declined, "payment_declined")
        async with shop.engine.begin() as connection:
            await connection.execute(text("UPDATE provider_webhooks SET delivered_at = NULL"))
            await connection.execute(text("UPDATE provider_webhooks SET due_at = now()"))
        await deliver(sender)
        await deliver(sender)
        assert not await sender.step()
    assert await shop.replies(approved) == ["payment_authorised"]
    assert await shop.ledger_sum() == 0
    (row,) = await shop.rows("SELECT count(*) AS seen FROM inbox")
    assert row.seen == 2


async def test_a_notification_that_is_refused_is_posted_again_later(shop: Shop) -> None:
    async with reached(shop) as client:
        wrong = WebhookSender(shop.provider_engine, client, URL, "another secret")
        async with shop.desks(late(shop)):
            order_id = await shop.authorise("tok_processing")
            await deliver(wrong)
            assert await shop.replies(order_id) == []
    (row,) = await shop.rows("SELECT attempts, delivered_at FROM provider_webhooks")
    assert (row.attempts, row.delivered_at) == (1, None)
    assert await shop.rows("SELECT 1 FROM inbox") == []


async def test_an_order_whose_notification_is_lost_is_answered_all_the_same(shop: Shop) -> None:
    async with shop.desks(late(shop)):
        order_id = await shop.authorise("tok_processing")
        while not await shop.rows("SELECT 1 FROM operations WHERE reference IS NOT NULL"):
            await asyncio.sleep(0.01)
        await shop.rows("SELECT pg_sleep(0.05)")
        async with shop.engine.begin() as connection:
            await connection.execute(text("UPDATE operations SET due_at = now()"))
        await shop.until(order_id, "payment_authorised")


async def test_a_late_approval_of_an_order_that_was_given_up_is_voided(shop: Shop) -> None:
    async with reached(shop) as client, shop.desks(late(shop)):
        order_id = await shop.authorise("tok_processing")
        while not await shop.rows("SELECT 1 FROM operations WHERE reference IS NOT NULL"):
            await asyncio.sleep(0.01)
        await shop.tell(lambda uow: void_payment(order_id, uow))
        await deliver(WebhookSender(shop.provider_engine, client, URL, SECRET))
        await shop.until(order_id, "payment_authorised", "payment_voided")
    (row,) = await shop.rows("SELECT closed, captured FROM provider_charges")
    assert (row.closed, row.captured) == (True, 0)


async def test_many_copies_at_once_have_one_effect(shop: Shop) -> None:
    async with shop.desks(late(shop, seconds=60)):
        order_id = await shop.authorise("tok_processing")
        while not await shop.rows("SELECT 1 FROM operations WHERE reference IS NOT NULL"):
            await asyncio.sleep(0.01)
    (row,) = await shop.rows("SELECT reference, now() AS at FROM operations")
    body = written("evt_1", row.reference, None, row.at)
    headers = {HEADER: sign(SECRET, body, row.at)}
    async with reached(shop) as client:
        posts = (client.post(URL, content=body, headers=headers) for _ in range(8))
        answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {204}
    assert await shop.replies(order_id) == ["payment_authorised"]
    assert len(await shop.rows("SELECT 1 FROM ledger_postings")) == 1
