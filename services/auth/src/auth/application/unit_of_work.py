"""What a use case sees of its transaction; `adapters/unit_of_work.py` is the real one.

Everything changed inside one unit of work commits together, with the events that it caused.
"""

from types import TracebackType
from typing import Protocol, Self

from auth.domain.ports import (
    Clients,
    Codes,
    Exchanges,
    Families,
    MailedTokens,
    PendingMails,
    Users,
)
from chassis.idempotency import IdempotencyKey, StoredAnswer


class Idempotency(Protocol):
    """Idempotency keys inside this transaction."""

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Returns the stored answer, or None for the first request with this key."""

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keeps the answer for the next request with this key."""


class UnitOfWork(Protocol):
    """One transaction over the repositories; what is not committed never happened."""

    @property
    def users(self) -> Users:
        """The accounts."""

    @property
    def clients(self) -> Clients:
        """The OAuth clients."""

    @property
    def codes(self) -> Codes:
        """The authorization codes."""

    @property
    def families(self) -> Families:
        """The refresh-token families."""

    @property
    def exchanges(self) -> Exchanges:
        """The audit trail of token exchange."""

    @property
    def mails(self) -> PendingMails:
        """The mails that wait to be sent."""

    @property
    def mailed_tokens(self) -> MailedTokens:
        """The links that were mailed."""

    @property
    def idempotency(self) -> Idempotency:
        """The idempotency keys."""

    async def __aenter__(self) -> Self:
        """Opens the transaction."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Rolls back what was not committed."""

    async def commit(self) -> None:
        """Makes it so."""
