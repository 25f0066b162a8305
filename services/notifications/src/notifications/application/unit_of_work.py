"""The unit of work that the API's use cases open: over webhooks, and with Idempotency-Keys.

`adapters/unit_of_work.py` is the real one, the tests' fakes another.
"""

from typing import Protocol

from chassis.idempotency import IdempotencyKey, StoredAnswer
from notifications.domain.webhook_ports import WebhookWork


class Keys(Protocol):
    """The Idempotency-Keys of this transaction."""

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None: ...

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None: ...


class Work(WebhookWork, Protocol):
    """Everything that notifications owns, and the keys."""

    @property
    def idempotency(self) -> Keys: ...
