"""Reads the events that Stripe posts to us (its webhooks), of which payments follows a few.

Stripe's library is not needed for it: the signature is HMAC, and the events are JSON.
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from payments.domain import signatures
from payments.domain.errors import UnreadableNotification
from payments.domain.operation import Answer, Approved, Declined
from payments.domain.ports import Notification

HEADER = "Stripe-Signature"
# The field of Stripe's metadata that carries our idempotency key, so that lists and events say
# which of our calls they are about.
KEY = "souk_operation"


class StripeNotifications:
    """Implements the `NotificationReader` port."""

    header = HEADER

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, signature: str, body: bytes, now: datetime) -> Notification:
        signatures.verify(self._secret, signature, body, now)
        try:
            event = json.loads(body)
            about = event["data"]["object"]
            key = _key(about)
            gone = event["type"] == "payment_intent.canceled"
            answer = None if key is None or gone else _answer(event["type"], about)
            return Notification(str(event["id"]), key, answer, gone)
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableNotification("This is not an event of Stripe's.") from error


def _key(about: Any) -> UUID | None:
    """Which of our calls it is about; None for what others did on the same account."""
    named = (about.get("metadata") or {}).get(KEY) if isinstance(about, dict) else None
    try:
        return None if named is None else UUID(named)
    except ValueError:
        return None


def _answer(kind: str, about: dict[str, Any]) -> Answer | None:
    match kind:
        case "payment_intent.amount_capturable_updated":
            return Approved(about["id"])
        case "payment_intent.payment_failed":
            error = about.get("last_payment_error") or {}
            return Declined(error.get("decline_code") or error.get("code") or "refused")
        case "refund.updated" | "refund.failed":
            return _refund(about)
    return None


def _refund(about: dict[str, Any]) -> Answer | None:
    if about["status"] == "succeeded":
        return Approved(about["id"])
    if about["status"] in ("failed", "canceled"):
        return Declined(about.get("failure_reason") or about["status"])
    return None
