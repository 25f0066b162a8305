"""Stripe behind the `PaymentProvider` port: PaymentIntents that are captured by hand, and refunds.

A second capture of one hold is Stripe's multicapture, which not every card and account has (see
ADR 0029): where it is missing, a capture that is not final is declined and the hold stays.
"""

from uuid import UUID

from stripe import PaymentIntent, Refund, RequestOptions, StripeClient
from stripe.params import (
    PaymentIntentCaptureParams,
    PaymentIntentCreateParams,
    PaymentMethodCreateParams,
)

from payments.adapters.stripe_client import reason_of, told
from payments.adapters.stripe_notifications import KEY
from payments.domain.money import Money
from payments.domain.operation import Approved, Declined, Kind, Processing, Reply


class StripeProvider:
    """Implements the `PaymentProvider` port; a reference is the id of a PaymentIntent."""

    def __init__(self, client: StripeClient) -> None:
        self._intents = client.v1.payment_intents
        self._methods = client.v1.payment_methods
        self._refunds = client.v1.refunds

    async def authorise(self, key: UUID, token: str, amount: Money) -> Reply:
        method = await self._method(key, token)
        if isinstance(method, Declined):
            return method
        params: PaymentIntentCreateParams = {
            "amount": amount.amount,
            "currency": amount.currency.lower(),
            "capture_method": "manual",
            "confirm": True,
            # Nobody is there to answer a bank's question: the order is placed already.
            "error_on_requires_action": True,
            "payment_method": method,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "payment_method_options": {"card": {"request_multicapture": "if_available"}},
            "metadata": {KEY: str(key)},
        }
        return _standing(await told(self._intents.create_async(params, _once(key))))

    async def capture(self, key: UUID, reference: str, amount: Money, *, final: bool) -> Reply:
        params: PaymentIntentCaptureParams = {"amount_to_capture": amount.amount}
        if not final:
            params["final_capture"] = False
        return _done(await told(self._intents.capture_async(reference, params, _once(key))))

    async def void(self, key: UUID, reference: str) -> Reply:
        done = _done(await told(self._intents.cancel_async(reference, {}, _once(key))))
        if isinstance(done, Declined) and done.hold_ended:
            return await self._as_it_is(reference, done)
        return done

    async def refund(self, key: UUID, reference: str, amount: Money) -> Reply:
        refund = self._refunds.create_async(
            {
                "payment_intent": reference,
                "amount": amount.amount,
                "metadata": {KEY: str(key)},
            },
            _once(key),
        )
        return _refunded(await told(refund))

    async def inquire(self, kind: Kind, reference: str) -> Reply:
        if kind is Kind.REFUND:
            return _refunded(await told(self._refunds.retrieve_async(reference)))
        return _standing(await told(self._intents.retrieve_async(reference)))

    async def _method(self, key: UUID, token: str) -> str | Declined:
        """A saved method (`pm_…`) goes by its id; a token of a card becomes a method first."""
        if token.startswith("pm_"):
            return token
        params: PaymentMethodCreateParams = {"type": "card", "card": {"token": token}}
        once: RequestOptions = {"idempotency_key": f"{key}-method"}
        made = await told(self._methods.create_async(params, once))
        return made if isinstance(made, Declined) else made.id

    async def _as_it_is(self, reference: str, refusal: Declined) -> Reply:
        """What is cancelled already is as good as cancelled now."""
        intent = await told(self._intents.retrieve_async(reference))
        cancelled = not isinstance(intent, Declined) and intent.status == "canceled"
        return Approved(reference) if cancelled else refusal


def _refunded(refund: Refund | Declined) -> Reply:
    if isinstance(refund, Declined):
        return refund
    match refund.status:
        case "succeeded":
            return Approved(refund.id)
        case "pending" | "requires_action":
            return Processing(refund.id)
    # Stripe leaves the field out of refunds that nobody's bank refused.
    return Declined(getattr(refund, "failure_reason", None) or str(refund.status))


def _once(key: UUID) -> RequestOptions:
    return {"idempotency_key": str(key)}


def _done(intent: PaymentIntent | Declined) -> Reply:
    return intent if isinstance(intent, Declined) else Approved(intent.id)


def _standing(intent: PaymentIntent | Declined) -> Reply:
    """Whether the customer's bank holds the money."""
    if isinstance(intent, Declined):
        return intent
    match intent.status:
        case "requires_capture" | "succeeded":
            return Approved(intent.id)
        case "processing":
            return Processing(intent.id)
    reason = reason_of(intent.last_payment_error)
    return Declined(str(reason or intent.cancellation_reason or intent.status))
