"""How webhooks and deliveries become rows and come back; secrets are encrypted on the way.

The repositories and the queries share it.
"""

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.encryption import Encryption
from notifications.domain.delivery import Attempt, Delivery, DeliveryStatus
from notifications.domain.webhook import Secret, Webhook


def webhook_of(row: Row[Any], encryption: Encryption | None) -> Webhook:
    """Returns a webhook; without `encryption`, which only those need who sign, it has no secret."""
    return Webhook(
        id=row.id,
        owner=row.owner,
        url=row.url,
        event_types=frozenset(row.event_types),
        description=row.description,
        created_at=row.created_at,
        updated_at=row.updated_at,
        secrets=_secrets(row.id, row.secrets, encryption) if encryption else (),
        enabled=row.enabled,
        problem=row.problem,
        version=row.version,
    )


def webhook_row(webhook: Webhook, encryption: Encryption) -> dict[str, Any]:
    """Returns the columns."""
    place = _place(webhook.id)
    return {
        "id": webhook.id,
        "owner": webhook.owner,
        "url": webhook.url,
        "event_types": sorted(webhook.event_types),
        "description": webhook.description,
        "enabled": webhook.enabled,
        "problem": webhook.problem,
        "secrets": [_sealed(secret, place, encryption) for secret in webhook.secrets],
        "version": webhook.version,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
    }


def delivery_of(row: Row[Any]) -> Delivery:
    """Returns a delivery with its log."""
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        event_type=row.event_type,
        created_at=row.created_at,
        due_at=row.due_at,
        gives_up_at=row.gives_up_at,
        status=DeliveryStatus(row.status),
        tries=row.tries,
        delivered_at=row.delivered_at,
        log=[_attempt(entry) for entry in row.log],
    )


def log_entries(delivery: Delivery) -> list[dict[str, Any]]:
    """Returns the log as JSON."""
    return [
        {
            "at": attempt.at.isoformat(),
            "milliseconds": attempt.milliseconds,
            "status": attempt.status,
            "error": attempt.error,
        }
        for attempt in delivery.log
    ]


def _attempt(entry: dict[str, Any]) -> Attempt:
    at = datetime.fromisoformat(entry["at"])
    return Attempt(at, entry["milliseconds"], entry["status"], entry["error"])


def is_current(entries: list[dict[str, Any]], encryption: Encryption) -> bool:
    """True when the first key has encrypted all of a webhook's secrets."""
    return all(encryption.is_current(b64decode(entry["sealed"])) for entry in entries)


def resealed(
    webhook_id: UUID, entries: list[dict[str, Any]], encryption: Encryption
) -> list[dict[str, Any]]:
    """Returns a webhook's secrets encrypted with the first key. Raises Undecryptable."""
    place = _place(webhook_id)
    secrets = _secrets(webhook_id, entries, encryption)
    return [_sealed(secret, place, encryption) for secret in secrets]


def _sealed(secret: Secret, place: str, encryption: Encryption) -> dict[str, Any]:
    return {
        "sealed": b64encode(encryption.encrypt(secret.value, place)).decode(),
        "until": secret.until.isoformat() if secret.until else None,
    }


def _secrets(
    webhook_id: UUID, entries: list[dict[str, Any]], encryption: Encryption
) -> tuple[Secret, ...]:
    place = _place(webhook_id)
    return tuple(
        Secret(
            encryption.decrypt(b64decode(entry["sealed"]), place),
            datetime.fromisoformat(entry["until"]) if entry["until"] else None,
        )
        for entry in entries
    )


def _place(webhook_id: UUID) -> str:
    return f"webhook {webhook_id}"
