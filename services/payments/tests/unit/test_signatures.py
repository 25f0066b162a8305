"""Notifications are believed when their signature is right and their time is now."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from payments.domain.errors import BadSignature
from payments.domain.signatures import sign, verify

SECRET = "whsec_test_secret"
NOW = datetime(2026, 11, 22, 13, 0, 0, tzinfo=UTC)
BODY = b'{"id": "evt_1", "type": "charge.approved"}'
GOOD = sign(SECRET, BODY, NOW)
DIGEST = GOOD.partition("v1=")[2]
SECONDS = int(NOW.timestamp())


def test_what_was_signed_is_believed_within_five_minutes() -> None:
    for minutes in (-5, 0, 5):
        verify(SECRET, GOOD, BODY, NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "v1=" + DIGEST,
        f"t={SECONDS}",
        f"t={SECONDS},v0={DIGEST}",
        f"t={SECONDS + 1},v1={DIGEST}",
        f"t={SECONDS},t={SECONDS},v1={DIGEST}",
        f"t=now,v1={DIGEST}",
        f"t={'9' * 400},v1={DIGEST}",
        f"t=²,v1={DIGEST}",
        f"t={SECONDS},v1={DIGEST[:-1]}",
        f"t={SECONDS},v1=ü{DIGEST}",
        GOOD.upper(),
    ],
)
def test_a_header_that_is_not_ours_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        verify(SECRET, header, BODY, NOW)


def test_another_body_secret_or_time_is_refused() -> None:
    for secret, body, now in (
        (SECRET, BODY + b" ", NOW),
        ("other", BODY, NOW),
        (SECRET, BODY, NOW + timedelta(minutes=5, seconds=1)),
        (SECRET, BODY, NOW - timedelta(minutes=5, seconds=1)),
    ):
        with pytest.raises(BadSignature):
            verify(secret, GOOD, body, now)


def test_one_right_signature_among_several_suffices() -> None:
    verify(SECRET, f"t={SECONDS},v1={'0' * 64},v1={DIGEST},v0=old", BODY, NOW)


def test_stripes_own_library_believes_what_we_sign() -> None:
    at = datetime.fromtimestamp(time.time(), UTC)
    header = sign(SECRET, BODY, at)
    assert stripe.WebhookSignature.verify_header(BODY.decode(), header, SECRET, tolerance=300)
