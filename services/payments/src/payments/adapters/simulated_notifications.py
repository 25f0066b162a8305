"""Reads what the simulated provider posts to us, and writes it for the provider's own sender.

Both sides of the one format, so that they cannot drift apart; `bootstrap.py` makes the reader.
"""

import json
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ValidationError

from payments.domain import signatures
from payments.domain.errors import UnreadableNotification
from payments.domain.operation import Answer, Approved, Declined
from payments.domain.ports import Notification

HEADER = "Souk-Signature"
APPROVED, DECLINED = "charge.approved", "charge.declined"


class _About(BaseModel):
    charge: str
    key: UUID
    reason: str | None = None


class _Event(BaseModel):
    id: str
    type: str
    data: _About


class _Envelope(BaseModel):
    id: str
    type: str


class SimulatedNotifications:
    """Implements the `NotificationReader` port."""

    header = HEADER

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, signature: str, body: bytes, now: datetime) -> Notification:
        signatures.verify(self._secret, signature, body, now)
        try:
            known = _Envelope.model_validate_json(body)
            if known.type not in (APPROVED, DECLINED):
                return Notification(known.id)
            event = _Event.model_validate_json(body)
        except ValidationError as error:
            raise UnreadableNotification("This is not an event of the provider.") from error
        return Notification(event.id, event.data.key, _answer(event))


def written(event_id: str, charge: str, declined: str | None, at: datetime) -> bytes:
    """The body about a charge that was decided."""
    about = {"charge": charge, "key": charge.removeprefix("ch_"), "reason": declined}
    kind = APPROVED if declined is None else DECLINED
    event = {"id": event_id, "type": kind, "created": int(at.timestamp()), "data": about}
    return json.dumps(event).encode()


def _answer(event: _Event) -> Answer:
    if event.type == APPROVED:
        return Approved(event.data.charge)
    return Declined(event.data.reason or "declined")
