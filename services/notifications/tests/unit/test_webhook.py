"""A webhook signs as Standard Webhooks says, and its secrets overlap for a day."""

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import standardwebhooks
from standardwebhooks.webhooks import WebhookVerificationError

from notifications.domain.destination import Guard
from notifications.domain.errors import UrlRefused
from notifications.domain.webhook import MAX_SECRETS, OVERLAP, Secret, Webhook
from services.notifications.tests.fakes import NOON

BODY = '{"type":"orders.order_shipped.v1","data":{"name":"Zoë"}}'.encode()
OLD, NEW = Secret(b"o" * 32), b"n" * 32


def webhook(*secrets: Secret) -> Webhook:
    url, kinds = "https://m.example/in", frozenset({"orders.order_shipped.v1"})
    return Webhook(UUID(int=1), None, url, kinds, "", NOON, NOON, secrets)


def understood(secret: Secret, headers: dict[str, str]) -> bool:
    """Asks the specification's own library."""
    try:
        standardwebhooks.Webhook(secret.text).verify(BODY, headers)
    except WebhookVerificationError:
        return False
    return True


def test_the_signature_is_that_of_the_reference_implementations() -> None:
    """All of their tests have this id, time, body and secret, and this signature."""
    secret = Secret(b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    at = datetime.fromtimestamp(1614265330, UTC)
    body = b'{"test": 2432232314}'
    assert webhook(secret).headers("msg_p5jXN8AQM9LWM0D4loKWxJek", body, at) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_receiver_with_the_library_takes_what_we_sign_and_nothing_else() -> None:
    now = datetime.now(UTC)
    headers = webhook(OLD).headers("event-1", BODY, now)
    assert understood(OLD, headers)
    assert not understood(Secret(NEW), headers)
    assert not understood(OLD, headers | {"webhook-id": "event-2"})
    late = webhook(OLD).headers("event-1", BODY, now - timedelta(minutes=6))
    assert not understood(OLD, late)


def test_after_a_rotation_both_secrets_are_understood_for_a_day() -> None:
    now, ours = datetime.now(UTC), webhook(OLD)
    new = ours.rotate(NEW, now - OVERLAP + timedelta(minutes=1))
    headers = ours.headers("event-1", BODY, now)
    assert len(headers["webhook-signature"].split()) == 2
    assert understood(OLD, headers) and understood(new, headers)
    after = ours.headers("event-1", BODY, now + timedelta(minutes=1))
    assert not understood(OLD, after) and understood(new, after)


def test_a_rotation_whose_answer_was_lost_cuts_nobody_off() -> None:
    ours = webhook(OLD)
    for _ in range(2):
        ours.rotate(NEW, NOON)
    assert [secret.value for secret in ours.signing(NOON)] == [NEW, NEW, OLD.value]
    for _ in range(9):
        ours.rotate(NEW, NOON)
    assert len(ours.secrets) == MAX_SECRETS


def test_a_secret_is_written_as_the_specification_has_it_and_never_shown_by_accident() -> None:
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", OLD.text)
    assert "ooo" not in repr(webhook(OLD))


def test_a_change_is_counted_and_enabling_forgets_the_problem() -> None:
    ours = webhook(OLD)
    ours.disable("It is gone.", NOON)
    assert (ours.enabled, ours.problem) == (False, "It is gone.")
    ours.change({"enabled": True, "description": "x"}, Guard(), NOON)
    assert (ours.enabled, ours.problem, ours.description, ours.version) == (True, None, "x", 3)
    with pytest.raises(UrlRefused):
        ours.change({"url": "https://10.0.0.1/"}, Guard(), NOON)
