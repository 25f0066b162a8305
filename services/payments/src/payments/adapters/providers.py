"""Which payment provider the settings choose, and everything of it that the process needs.

`bootstrap.py` calls `provider_of`. Stripe's library takes a while to import, so only who has chosen
Stripe imports it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.adapters.simulated_books import SimulatedBooks
from payments.adapters.simulated_notifications import SimulatedNotifications
from payments.adapters.simulated_provider import Pace, SimulatedProvider
from payments.adapters.simulated_webhooks import WebhookSender
from payments.domain.ports import NotificationReader, PaymentProvider, ProviderBooks
from payments.settings import PaymentsSettings


@dataclass(frozen=True, slots=True)
class Provider:
    """`sender` is the simulated provider's own work; `close` gives up its connections."""

    calls: PaymentProvider
    books: ProviderBooks
    notifications: NotificationReader
    close: Callable[[], Awaitable[None]]
    sender: Callable[[], Awaitable[bool]] | None = None


def provider_of(settings: PaymentsSettings, engine: AsyncEngine) -> Provider:
    """Makes the provider; nothing connects. The engine is the simulated one's, which it keeps."""
    return (
        _stripe(settings) if settings.payment_provider == "stripe" else _simulated(settings, engine)
    )


def _simulated(settings: PaymentsSettings, engine: AsyncEngine) -> Provider:
    pace = Pace(slow=settings.provider_slow_seconds, later=settings.provider_processing_seconds)
    secret = settings.simulated_webhook_secret
    client = httpx.AsyncClient(trust_env=False)
    return Provider(
        calls=SimulatedProvider(engine, pace),
        books=SimulatedBooks(engine),
        notifications=SimulatedNotifications(secret),
        close=client.aclose,
        sender=WebhookSender(engine, client, settings.webhook_url, secret).step,
    )


def _stripe(settings: PaymentsSettings) -> Provider:
    from payments.adapters.stripe_books import StripeBooks
    from payments.adapters.stripe_client import stripe_client
    from payments.adapters.stripe_notifications import StripeNotifications
    from payments.adapters.stripe_provider import StripeProvider

    client, close = stripe_client(settings)
    secret = settings.stripe_webhook_secret
    return Provider(
        calls=StripeProvider(client),
        books=StripeBooks(client),
        notifications=StripeNotifications(secret.get_secret_value() if secret else ""),
        close=close,
    )
