"""Stripe's list of PaymentIntents as the reconciliation compares it.

Newest first, as Stripe lists them, a hundred a page, each with its latest charge.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stripe import Charge as StripeCharge
from stripe import PaymentIntent, StripeClient
from stripe.params import PaymentIntentListParams

from payments.adapters.stripe_client import told
from payments.adapters.stripe_notifications import KEY
from payments.domain.money import Money
from payments.domain.operation import Declined
from payments.domain.ports import ProviderUnavailable
from payments.domain.reconciliation import Charge, Standing

_PAGE = 100
_STANDING = {
    "processing": Standing.PROCESSING,
    "requires_capture": Standing.HELD,
    "succeeded": Standing.CAPTURED,
}


class StripeBooks:
    """Implements the `ProviderBooks` port."""

    def __init__(self, client: StripeClient) -> None:
        self._intents = client.v1.payment_intents

    async def charges(self, since: datetime, after: str | None) -> Sequence[Charge]:
        params: PaymentIntentListParams = {
            "created": {"gte": int(since.timestamp())},
            "limit": _PAGE,
            "expand": ["data.latest_charge"],
        }
        if after is not None:
            params["starting_after"] = after
        page = await told(self._intents.list_async(params))
        if isinstance(page, Declined):
            raise ProviderUnavailable(page.reason)
        return [_charge(intent) for intent in page.data]

    async def charge(self, reference: str) -> Charge | None:
        found = await told(self._intents.retrieve_async(reference, {"expand": ["latest_charge"]}))
        return None if isinstance(found, Declined) else _charge(found)


def _charge(intent: PaymentIntent) -> Charge:
    return Charge(
        intent.id,
        _key(intent),
        _standing(intent),
        Money(intent.amount, intent.currency.upper()),
        intent.amount_received,
        _refunded(intent),
    )


def _standing(intent: PaymentIntent) -> Standing:
    """A hold that was given up had a charge; what never had one was declined."""
    if intent.status == "canceled" and intent.latest_charge is not None:
        return Standing.VOIDED
    return _STANDING.get(intent.status, Standing.DECLINED)


def _refunded(intent: PaymentIntent) -> int:
    """Stripe calls the rest of a hold that has ended refunded too, though it was never taken."""
    charge = intent.latest_charge
    if not isinstance(charge, StripeCharge):
        return 0
    still_held = intent.status == "requires_capture"
    never_taken = 0 if still_held else charge.amount - charge.amount_captured
    return max(0, charge.amount_refunded - never_taken)


def _key(intent: PaymentIntent) -> UUID | None:
    try:
        return UUID(intent.metadata[KEY]) if intent.metadata else None
    except (KeyError, ValueError):
        return None
