"""What a use case sees of its transaction; `adapters/unit_of_work.py` is the real one.

Everything changed inside one unit of work commits together, with the events that it caused.
"""

from collections.abc import Sequence
from typing import Protocol

from auth.domain.account_ports import Identities, MailedTokens, PendingMails, SecondFactors
from auth.domain.grant_ports import Clients, Codes, Consents, Exchanges, Families
from auth.domain.key_ports import SigningKeys
from auth.domain.ports import Users
from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.revocations import Revocation
from chassis.transaction import Transaction


class Idempotency(Protocol):
    """Idempotency keys inside this transaction."""

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Returns the stored answer, or None for the first request with this key."""

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keeps the answer for the next request with this key."""


class RevokedTokens(Protocol):
    """What was revoked and could still be alive, told to the edges or not."""

    async def add(self, revocations: Sequence[Revocation]) -> None:
        """Writes them down, to be published once this transaction commits."""

    async def covers(self, token_id: str, grant: str | None) -> bool:
        """True when a token, or what it came from, is revoked."""


class UnitOfWork(Transaction, Protocol):
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
    def identities(self) -> Identities:
        """The links to identities elsewhere."""

    @property
    def second_factors(self) -> SecondFactors:
        """Authenticator apps and recovery codes."""

    @property
    def consents(self) -> Consents:
        """What people have allowed which client."""

    @property
    def revocations(self) -> RevokedTokens:
        """What was revoked before its time."""

    @property
    def keys(self) -> SigningKeys:
        """The keys that sign tokens."""

    @property
    def idempotency(self) -> Idempotency:
        """The idempotency keys."""

    async def notify(self, channel: str, payload: str = "") -> None:
        """Wakes the workers that listen, when this transaction commits."""
