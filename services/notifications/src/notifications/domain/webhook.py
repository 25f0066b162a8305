"""A webhook: where a merchant wants to be told of events, of which, and with which secret.

The secret signs (Standard Webhooks 1.0, symmetric). When it is rotated the old one signs beside
the new one for a day, so that the receiver can change over without losing a message.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import Any
from uuid import UUID

from notifications.domain.destination import Guard

OVERLAP = timedelta(hours=24)
SECRET_BYTES = 32
# Each signs every message, so they are few; the oldest goes first.
MAX_SECRETS = 4
MAX_WEBHOOKS = 50
"""Each event is written down once for each webhook that wants it."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A key; `until` is None for the one that is in use, else when it signs no more."""

    value: bytes = field(repr=False)
    until: datetime | None = None

    @property
    def text(self) -> str:
        """How the specification writes it down."""
        return f"whsec_{b64encode(self.value).decode()}"


@dataclass(slots=True)
class Webhook:
    """One endpoint. `problem` says why it was disabled, where we did that."""

    id: UUID
    owner: UUID | None
    url: str
    event_types: frozenset[str]
    description: str
    created_at: datetime
    updated_at: datetime
    secrets: tuple[Secret, ...] = ()
    enabled: bool = True
    problem: str | None = None
    version: int = 1

    def change(self, changes: dict[str, Any], guard: Guard, now: datetime) -> None:
        """Takes over url, event_types, description and enabled, as far as given.

        Raises UrlRefused.
        """
        if "url" in changes:
            guard.destination(changes["url"])
        for name, value in changes.items():
            setattr(self, name, value)
        if changes.get("enabled"):
            self.problem = None
        self._touch(now)

    def rotate(self, new: bytes, now: datetime) -> Secret:
        """Puts a new secret in the place of the present one, which signs for a day more."""
        kept = (Secret(old.value, old.until or now + OVERLAP) for old in self.signing(now))
        secret = Secret(new)
        self.secrets = (secret, *kept)[:MAX_SECRETS]
        self._touch(now)
        return secret

    def disable(self, problem: str, now: datetime) -> None:
        """Sends nothing any more, until somebody enables it."""
        self.enabled, self.problem = False, problem
        self._touch(now)

    def signing(self, now: datetime) -> Sequence[Secret]:
        """Returns the secrets that sign now, the newest first."""
        return [secret for secret in self.secrets if secret.until is None or secret.until > now]

    def headers(self, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
        """Returns the three header fields of the specification."""
        timestamp = str(int(now.timestamp()))
        signed = f"{message_id}.{timestamp}.".encode() + body
        signatures = [
            f"v1,{b64encode(digest(secret.value, signed, sha256)).decode()}"
            for secret in self.signing(now)
        ]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(signatures),
        }

    def _touch(self, now: datetime) -> None:
        self.version += 1
        self.updated_at = now
