"""Every request of Stripe's adapter against stripe-mock, which knows Stripe's own specification.

`python -m native.stripe_mock` starts stripe-mock and runs this file; it answers every request that
fits with a fixed example, and every other with 400.
"""

import os
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import stripe

from chassis.clock import utcnow
from chassis.ids import uuid7
from payments.adapters.stripe_books import StripeBooks
from payments.adapters.stripe_provider import StripeProvider
from payments.domain.money import Money
from payments.domain.operation import Kind

MONEY = Money(1770, "GBP")
# Stripe's library gives httpx its forms as text under a name that httpx has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


class Listening(stripe.HTTPXClient):
    """Stripe's client over httpx, which also keeps the status of each answer."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[int] = []

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        answer = await super().request_async(method, url, headers, post_data)
        self.statuses.append(answer[1])
        return answer


@pytest.fixture
async def http() -> AsyncIterator[Listening]:
    listening = Listening()
    yield listening
    await listening.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
def client(http: Listening) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_123",
        http_client=http,
        base_addresses={"api": os.environ["SOUK_STRIPE_MOCK_URL"]},
        max_network_retries=0,
    )


async def test_every_call_of_the_port_fits_the_specification(
    http: Listening, client: stripe.StripeClient
) -> None:
    provider = StripeProvider(client)
    await provider.authorise(uuid7(), "tok_visa", MONEY)
    await provider.authorise(uuid7(), "pm_card_visa", MONEY)
    await provider.capture(uuid7(), "pi_1", MONEY, final=True)
    await provider.capture(uuid7(), "pi_1", MONEY, final=False)
    await provider.void(uuid7(), "pi_1")
    await provider.refund(uuid7(), "pi_1", MONEY)
    await provider.inquire(Kind.AUTHORISE, "pi_1")
    await provider.inquire(Kind.REFUND, "re_1")
    assert http.statuses == [200] * 9


async def test_the_list_of_charges_can_be_read(
    http: Listening, client: stripe.StripeClient
) -> None:
    books = StripeBooks(client)
    (charge,) = await books.charges(utcnow(), None)
    await books.charges(utcnow(), charge.reference)
    assert await books.charge(charge.reference) is not None
    assert charge.authorised.currency == "USD"
    assert http.statuses == [200] * 3


async def test_a_request_that_does_not_fit_is_found_out(
    http: Listening, client: stripe.StripeClient
) -> None:
    wrong: Any = {"amount": "a lot", "currency": "gbp"}
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.create_async(wrong)
    assert http.statuses == [400]
