"""Stripe's adapter over a double of Stripe: the port's suite, and what only Stripe does."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import stripe
from pydantic import SecretStr

from chassis.ids import uuid7
from payments.adapters.stripe_books import StripeBooks
from payments.adapters.stripe_client import NO_MULTICAPTURE
from payments.adapters.stripe_notifications import StripeNotifications
from payments.adapters.stripe_provider import StripeProvider
from payments.domain.errors import BadSignature, UnreadableNotification
from payments.domain.operation import Answer, Approved, Declined, Kind, Processing
from payments.domain.ports import Notification, ProviderUnavailable
from payments.domain.signatures import sign
from payments.settings import PaymentsSettings
from services.payments.tests.provider_port import GOOD, LATE, ProviderPort, Subject, pounds
from services.payments.tests.stripe_double import StripeDouble

RECORDED = Path(__file__).parents[1] / "recorded"
SECRET = "whsec_recorded"
GONE = stripe.APIConnectionError("gone")  # type: ignore[no-untyped-call]
NOW = datetime(2026, 11, 22, 13, 0, 0, tzinfo=UTC)


@pytest.fixture
def double() -> StripeDouble:
    return StripeDouble()


@pytest.fixture
def subject(double: StripeDouble) -> Subject:
    client = stripe.StripeClient("sk_test_double", http_client=double, max_network_retries=0)

    async def decide(reference: str) -> None:
        double.decide(reference, "requires_capture")

    return Subject(StripeProvider(client), StripeBooks(client), decide)


class TestStripeProvider(ProviderPort):
    """Everything that the port demands."""


async def test_a_hold_is_asked_for_as_stripe_wants_it(
    subject: Subject, double: StripeDouble
) -> None:
    key = uuid7()
    await subject.hold(key=key)
    method = ("post", "/v1/payment_methods", {"type": "card", "card[token]": "tok_visa"})
    assert double.sent == [
        method,
        (
            "post",
            "/v1/payment_intents",
            {
                "amount": "1000",
                "currency": "gbp",
                "capture_method": "manual",
                "confirm": "true",
                "error_on_requires_action": "true",
                "automatic_payment_methods[enabled]": "true",
                "automatic_payment_methods[allow_redirects]": "never",
                "payment_method_options[card][request_multicapture]": "if_available",
                "payment_method": "pm_visa",
                "metadata[souk_operation]": str(key),
            },
        ),
    ]
    assert list(double.answers) == [f"{key}-method", str(key)]


async def test_without_multicapture_a_part_is_declined_and_the_hold_stays(
    subject: Subject, double: StripeDouble
) -> None:
    double.multicapture = False
    reference = await subject.hold()
    answer = await subject.provider.capture(uuid7(), reference, pounds(300), final=False)
    assert answer == Declined(NO_MULTICAPTURE)
    whole = await subject.provider.capture(uuid7(), reference, pounds(1000), final=True)
    assert isinstance(whole, Approved)


@pytest.mark.parametrize("trouble", [GONE, 500, 503, 429, 401])
async def test_when_stripe_does_not_say_nobody_knows(
    subject: Subject, double: StripeDouble, trouble: Exception | int
) -> None:
    double.down = trouble
    with pytest.raises(ProviderUnavailable):
        await subject.provider.authorise(uuid7(), GOOD, pounds(5))
    with pytest.raises(ProviderUnavailable):
        await subject.books.charges(NOW, None)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"last_payment_error": {"code": "card_declined", "decline_code": "lost"}}, "lost"),
        ({"last_payment_error": {"type": "api_error"}}, "requires_payment_method"),
        ({"cancellation_reason": "abandoned"}, "abandoned"),
    ],
)
async def test_what_was_processing_may_be_declined_in_the_end(
    subject: Subject, double: StripeDouble, more: dict[str, object], reason: str
) -> None:
    answer = await subject.provider.authorise(uuid7(), LATE, pounds(5))
    assert isinstance(answer, Processing)
    double.decide(answer.reference, "requires_payment_method", **more)
    decided = await subject.provider.inquire(Kind.AUTHORISE, answer.reference)
    assert decided == Declined(reason)


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        ("succeeded", Approved("re_2")),
        ("pending", Processing("re_2")),
        ("failed", Declined("failed")),
    ],
)
async def test_a_refund_may_be_answered_later(
    subject: Subject, double: StripeDouble, status: str, reply: Answer | Processing
) -> None:
    reference = await subject.hold()
    await subject.provider.capture(uuid7(), reference, pounds(1000), final=True)
    await subject.provider.refund(uuid7(), reference, pounds(1000))
    double.refunds["re_2"]["status"] = status
    assert await subject.provider.inquire(Kind.REFUND, "re_2") == reply


async def test_a_refund_that_was_cancelled_has_no_reason_of_its_own(
    subject: Subject, double: StripeDouble
) -> None:
    """Stripe leaves `failure_reason` out of all refunds but those that failed."""
    reference = await subject.hold()
    await subject.provider.capture(uuid7(), reference, pounds(1000), final=True)
    await subject.provider.refund(uuid7(), reference, pounds(1000))
    double.refunds["re_2"] = {"id": "re_2", "object": "refund", "status": "canceled"}
    assert await subject.provider.inquire(Kind.REFUND, "re_2") == Declined("canceled")


def recorded(name: str) -> tuple[bytes, str]:
    return (RECORDED / f"{name}.json").read_bytes(), (RECORDED / f"{name}.signature").read_text()


def test_a_recorded_notification_is_believed_by_stripes_library_and_by_us() -> None:
    body, signature = recorded("payment_intent.amount_capturable_updated")
    assert stripe.WebhookSignature.verify_header(body.decode(), signature, SECRET)
    told = StripeNotifications(SECRET).read(signature, body, NOW)
    assert told.answer == Approved("pi_3PqRstLkdIwHu7ix0aBcDeFg")
    assert str(told.key) == "0199aa12-0000-7000-8000-0000000000e1"
    for wrong in (body.replace(b"1770", b"1771"), body + b" "):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(wrong.decode(), signature, SECRET)
        with pytest.raises(BadSignature):
            StripeNotifications(SECRET).read(signature, wrong, NOW)


def read(body: str) -> Notification:
    sent = body.replace("'", '"').encode()
    return StripeNotifications(SECRET).read(sign(SECRET, sent, NOW), sent, NOW)


@pytest.mark.parametrize(
    ("kind", "about", "answer"),
    [
        ("payment_intent.amount_capturable_updated", "", Approved("pi_1")),
        (
            "payment_intent.payment_failed",
            ", 'last_payment_error': {'code': 'card_declined', 'decline_code': 'lost_card'}",
            Declined("lost_card"),
        ),
        ("refund.updated", ", 'status': 'succeeded'", Approved("pi_1")),
        ("refund.updated", ", 'status': 'pending'", None),
        (
            "refund.failed",
            ", 'status': 'failed', 'failure_reason': 'expired_or_canceled_card'",
            Declined("expired_or_canceled_card"),
        ),
        ("charge.dispute.created", "", None),
    ],
)
def test_what_stripe_posts_is_read(kind: str, about: str, answer: Answer | None) -> None:
    key = uuid7()
    about = f"{{'id': 'pi_1', 'metadata': {{'souk_operation': '{key}'}}{about}}}"
    told = read(f"{{'id': 'evt_1', 'type': '{kind}', 'data': {{'object': {about}}}}}")
    assert told == Notification("evt_1", key, answer)


def test_a_hold_that_stripe_gave_up_is_told_as_ended() -> None:
    key = uuid7()
    about = f"{{'id': 'pi_1', 'metadata': {{'souk_operation': '{key}'}}}}"
    kind = "payment_intent.canceled"
    told = read(f"{{'id': 'evt_1', 'type': '{kind}', 'data': {{'object': {about}}}}}")
    assert told == Notification("evt_1", key, None, hold_ended=True)


@pytest.mark.parametrize("metadata", ["null", "{}", "{'souk_operation': 'no uuid'}"])
def test_what_others_did_on_the_account_is_not_ours(metadata: str) -> None:
    about = f"{{'id': 'pi_1', 'metadata': {metadata}}}"
    kind = "payment_intent.payment_failed"
    told = read(f"{{'id': 'evt_1', 'type': '{kind}', 'data': {{'object': {about}}}}}")
    assert told == Notification("evt_1")


@pytest.mark.parametrize("body", ["", "[]", "{}", "{'id': 'evt_1', 'type': 'x', 'data': 5}"])
def test_what_is_signed_but_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(UnreadableNotification):
        read(body)


def test_stripe_is_chosen_only_with_its_secrets() -> None:
    key, secret = SecretStr("sk_test"), SecretStr("whsec")
    with pytest.raises(ValueError, match="SOUK_STRIPE_API_KEY"):
        PaymentsSettings(payment_provider="stripe", stripe_webhook_secret=secret)
    chosen = PaymentsSettings(
        environment="production",
        payment_provider="stripe",
        stripe_api_key=key,
        stripe_webhook_secret=secret,
        issuer="https://shop.example",
    )
    assert chosen.payment_provider == "stripe"


def test_the_simulated_provider_is_refused_in_production() -> None:
    with pytest.raises(ValueError, match="moves no money"):
        PaymentsSettings(environment="production")
