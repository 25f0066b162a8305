"""Stripe's own client, and what its errors mean to us.

`stripe_provider.py` and `stripe_books.py` make their calls through `told`. Nothing is tried again
here: the provider desk asks again, with the same key.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import stripe
from stripe import StripeClient

from payments.domain.operation import Declined
from payments.domain.ports import ProviderUnavailable
from payments.settings import PaymentsSettings

NO_MULTICAPTURE = "multicapture_unavailable"
# A PaymentIntent that is one of these holds nothing any more.
OVER = frozenset({"canceled", "succeeded"})

T = TypeVar("T")


def stripe_client(
    settings: PaymentsSettings,
) -> tuple[StripeClient, Callable[[], Awaitable[None]]]:
    """The asynchronous client (httpx), and what closes its connections; nothing connects yet."""
    key = settings.stripe_api_key
    if key is None:
        raise ValueError("SOUK_STRIPE_API_KEY is not set")
    http = stripe.HTTPXClient(timeout=settings.provider_time_limit)
    client = StripeClient(
        key.get_secret_value(),
        base_addresses={"api": settings.stripe_api_base},
        http_client=http,
        max_network_retries=0,
    )
    return client, http.close_async


async def told(call: Awaitable[T]) -> T | Declined:
    """What Stripe answers, or that it will not; raises ProviderUnavailable when it does not say."""
    try:
        return await call
    except stripe.CardError as refusal:
        return Declined(_code(refusal))
    except stripe.InvalidRequestError as refusal:
        return _invalid(refusal)
    except stripe.StripeError as error:
        raise ProviderUnavailable(type(error).__name__) from error


def _invalid(refusal: stripe.InvalidRequestError) -> Declined:
    if refusal.param == "final_capture":
        return Declined(NO_MULTICAPTURE)
    intent: Any = getattr(refusal.error, "payment_intent", None)
    return Declined(_code(refusal), hold_ended=intent is not None and intent["status"] in OVER)


def reason_of(error: object) -> str | None:
    """The bank's reason where there is one: `insufficient_funds` rather than `card_declined`."""
    return getattr(error, "decline_code", None) or getattr(error, "code", None)


def _code(refusal: stripe.StripeError) -> str:
    return reason_of(refusal.error) or refusal.code or "refused"
