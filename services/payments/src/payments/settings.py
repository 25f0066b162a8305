"""What payments reads from the environment, beyond what every service reads.

`main.py` makes one; nothing else in the service looks at the environment.
"""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from chassis.settings import ServiceSettings

# It signs between two parts of one process, which is never in production.
_DEVELOPMENT_SECRET = "simulated-provider-in-development"  # noqa: S105


class PaymentsSettings(ServiceSettings):
    """Times are in seconds; places are calls to the provider at once, for each of two desks."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8130
    payment_provider: Literal["simulated", "stripe"] = "simulated"
    provider_time_limit: Annotated[float, Field(gt=0, le=8)] = 3.0
    provider_places: Annotated[int, Field(ge=1, le=1000)] = 64
    provider_slow_seconds: Annotated[float, Field(ge=0, le=60)] = 2.0
    provider_processing_seconds: Annotated[float, Field(ge=0, le=600)] = 2.0
    provider_webhook_secret: SecretStr | None = None
    # Where the simulated provider finds us, when our public address leads elsewhere from here.
    provider_webhook_origin: str | None = None
    stripe_api_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_api_base: str = "https://api.stripe.com"
    reconciliation_seconds: Annotated[float, Field(ge=10)] = 3600.0
    reconciliation_days: Annotated[int, Field(ge=1, le=365)] = 7

    @model_validator(mode="after")
    def _know_the_provider(self) -> "PaymentsSettings":
        if self.payment_provider == "stripe":
            if self.stripe_api_key is None or self.stripe_webhook_secret is None:
                raise ValueError("stripe needs SOUK_STRIPE_API_KEY and SOUK_STRIPE_WEBHOOK_SECRET")
        elif self.environment == "production":
            raise ValueError("the simulated provider moves no money, and is refused in production")
        return self

    @property
    def simulated_webhook_secret(self) -> str:
        """What the simulated provider signs with."""
        given = self.provider_webhook_secret
        return _DEVELOPMENT_SECRET if given is None else given.get_secret_value()

    @property
    def webhook_url(self) -> str:
        """Where the simulated provider posts to: our public address, unless told another."""
        origin = self.provider_webhook_origin or self.issuer
        return f"{origin}/v1/payments/webhooks/simulated"
