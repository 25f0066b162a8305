"""What the rules about accounts need from the outside: mails, second factors, counts of tries.

Beside `ports.py`, which has the accounts themselves and everything about grants and tokens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from auth.domain.identity_provider import LinkedIdentity
from auth.domain.second_factor import SecondFactor
from auth.domain.secret_mail import MailedToken, MailKind, PendingMail
from auth.domain.session import PASSWORD
from auth.domain.throttling import Try


class PendingMails(Protocol):
    """Mails that wait to be sent. Whoever claims one holds a lease, whose end is its `due_at`."""

    async def add(self, mail: PendingMail) -> None:
        """Keeps a mail, and wakes the sender when the transaction commits."""

    async def claim(self, now: datetime, lease: datetime, limit: int) -> list[PendingMail]:
        """Takes due mails, oldest first, that nobody else has claimed; counts an attempt."""

    async def save(self, mail: PendingMail, lease: datetime) -> None:
        """Writes a postponed mail back, unless the lease was lost."""

    async def remove(self, mail: PendingMail, lease: datetime) -> None:
        """Forgets a mail that is sent or never will be, unless the lease was lost."""


class MailedTokens(Protocol):
    """The links of mails that were sent."""

    async def add(self, token: MailedToken) -> None:
        """Keeps a new one."""

    async def find(self, token_hash: bytes, purpose: MailKind, now: datetime) -> MailedToken | None:
        """Returns it while it is good."""

    async def take(self, token_hash: bytes, purpose: MailKind, now: datetime) -> MailedToken | None:
        """Returns it and forgets it, so that of two who come at once one gets None."""

    async def forget(self, user_id: UUID, purpose: MailKind) -> None:
        """Makes every other link of this purpose useless."""


class SecondFactors(Protocol):
    """Authenticator apps and recovery codes."""

    async def get(self, user_id: UUID) -> SecondFactor | None:
        """Returns the account's factor, on or not yet."""

    async def lock(self, user_id: UUID) -> SecondFactor | None:
        """Returns it, locked until the transaction ends."""

    async def put(self, factor: SecondFactor) -> None:
        """Keeps a new factor, or what has changed."""

    async def remove(self, user_id: UUID) -> None:
        """Forgets the factor and the recovery codes."""

    async def replace_recovery_codes(self, user_id: UUID, hashes: Iterable[bytes]) -> None:
        """Makes these the only ones."""

    async def take_recovery_code(self, user_id: UUID, code_hash: bytes) -> bool:
        """False when there is no such code any more; True once."""


class Identities(Protocol):
    """Which identity elsewhere opens which account."""

    async def find(self, issuer: str, subject: str) -> LinkedIdentity | None:
        """Returns the link of an identity."""

    async def of_user(self, user_id: UUID) -> list[LinkedIdentity]:
        """Returns the links of an account."""

    async def add(self, identity: LinkedIdentity) -> None:
        """Raises ForeignSignInRefused where it is linked already."""

    async def remove(self, user_id: UUID, issuer: str) -> None:
        """Ends the account's link with this provider, if there is one."""


@dataclass(frozen=True, slots=True)
class SecondStep:
    """A sign-in that began then, and has come as far as the right password, or another provider."""

    user_id: UUID
    began: datetime
    method: str = PASSWORD


class SecondSteps(Protocol):
    """Sign-ins that wait for the second factor, by the secret of their browser's cookie."""

    async def begin(self, secret: str, step: SecondStep) -> None:
        """Remembers it for a few minutes."""

    async def find(self, secret: str) -> SecondStep | None:
        """Returns it, or None when it has ended or never began in this browser."""

    async def end(self, secret: str) -> None:
        """Forgets it."""


class Throttle(Protocol):
    """Counts tries, so that nobody can guess on and on."""

    async def take(self, *tries: Try) -> None:
        """Counts one of each, or none of them where one is over its limit: raises Throttled."""

    async def give_back(self, *tries: Try) -> None:
        """Takes back what `take` counted, because it was no guess."""

    async def forgive(self, *tries: Try) -> None:
        """Forgets all that was counted under these names."""
