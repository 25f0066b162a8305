"""The address that the provider posts to: only a signature opens it, and nothing else is needed."""

import json
from datetime import timedelta

import httpx
import pytest

from chassis.clock import utcnow
from payments.adapters.simulated_notifications import HEADER, written
from payments.domain.operation import Processing
from payments.domain.signatures import sign
from services.payments.tests.conftest import WEBHOOK_SECRET, Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork
from services.payments.tests.scripted_provider import ScriptedProvider

PATH = "/v1/payments/webhooks/simulated"


@pytest.fixture
async def about(uow: FakePaymentsUnitOfWork, authorise: Authorise, work_off: WorkOff) -> bytes:
    """The notification that a payment is waiting for."""
    await authorise()
    await work_off(ScriptedProvider(Processing("ch_1")))
    (key,) = uow.books.queue
    return written("evt_1", f"ch_{key.hex}", None, utcnow())


@pytest.fixture
async def provider(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody without a token."""
    del client.headers["Authorization"]
    return client


def signed(body: bytes, secret: str = WEBHOOK_SECRET, minutes: int = 0) -> dict[str, str]:
    return {HEADER: sign(secret, body, utcnow() - timedelta(minutes=minutes))}


async def test_a_signed_notification_settles_the_payment_once(
    provider: httpx.AsyncClient, about: bytes, uow: FakePaymentsUnitOfWork
) -> None:
    for _ in range(2):
        answer = await provider.post(PATH, content=about, headers=signed(about))
        assert (answer.status_code, answer.content) == (204, b"")
    assert uow.told == ["payment_authorised"]


async def test_what_is_not_signed_with_our_secret_now_has_no_effect(
    provider: httpx.AsyncClient, about: bytes, uow: FakePaymentsUnitOfWork
) -> None:
    for headers in (
        {},
        {HEADER: ""},
        {"Stripe-Signature": signed(about)[HEADER]},
        signed(about, secret="another"),
        signed(about + b" "),
        signed(about, minutes=6),
        signed(about, minutes=-6),
    ):
        answer = await provider.post(PATH, content=about, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["type"] == "/problems/notification-signature-invalid"
    assert uow.told == []
    assert uow.books.notifications == set()


async def test_an_event_that_payments_does_not_follow_is_taken_and_ignored(
    provider: httpx.AsyncClient, uow: FakePaymentsUnitOfWork
) -> None:
    body = json.dumps({"id": "evt_9", "type": "charge.dispute.created"}).encode()
    answer = await provider.post(PATH, content=body, headers=signed(body))
    assert answer.status_code == 204
    assert uow.told == []


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"id": "evt_1"}', b"\xff"])
async def test_what_is_signed_but_is_no_event_is_refused(
    provider: httpx.AsyncClient, body: bytes
) -> None:
    answer = await provider.post(PATH, content=body, headers=signed(body))
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/notification-unreadable"


async def test_another_provider_than_the_configured_one_is_unknown(
    provider: httpx.AsyncClient, about: bytes
) -> None:
    path = "/v1/payments/webhooks/stripe"
    answer = await provider.post(path, content=about, headers=signed(about))
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/payment-provider-not-configured"
