"""Mails about an account, of which some carry a link that opens something, once.

The cause writes a `PendingMail` in its own transaction; `send_mails` makes the token when it
sends, and keeps only its hash. Other mails of the shop are the notifications service's.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

LONGEST_PAUSE = timedelta(minutes=5)
# All mails wait then, and somebody for each: a server that is back shall not be found out late.
LONGEST_OUTAGE_PAUSE = timedelta(seconds=30)
# Nobody waits longer for such a mail: they ask for another.
GIVE_UP_AFTER = timedelta(days=1)


class MailKind(StrEnum):
    """What a mail is about."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"  # noqa: S105  the name of a mail
    PASSWORD_CHANGED = "password-changed"  # noqa: S105
    SECOND_FACTOR_ON = "second-factor-on"
    SECOND_FACTOR_OFF = "second-factor-off"
    PROVIDER_LINKED = "provider-linked"
    PROVIDER_UNLINKED = "provider-unlinked"


# The mails with a link, and how long it works.
LINKS: Mapping[MailKind, timedelta] = {
    MailKind.VERIFY_EMAIL: timedelta(days=1),
    MailKind.RESET_PASSWORD: timedelta(minutes=30),
}


@dataclass(slots=True)
class PendingMail:
    """A mail to be sent to whoever has an account with this address, if anybody has."""

    id: UUID
    kind: MailKind
    email_key: str
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    problem: str | None = None

    def header_id(self, domain: str) -> str:
        """Returns the Message-ID (RFC 5322 §3.6.4): the same one, however often it is sent."""
        return f"<{self.kind}.{self.id}@{domain}>"

    def postpone(self, now: datetime, problem: str, longest: timedelta = LONGEST_PAUSE) -> None:
        """Tries again after 2, 4, 8… seconds, at most after `longest`."""
        pause = timedelta(seconds=2 ** min(self.attempts, 10))
        self.due_at = now + min(pause, longest)
        self.problem = problem

    def is_stale(self, now: datetime) -> bool:
        """True when nobody waits for it any more."""
        return now >= self.created_at + GIVE_UP_AFTER


@dataclass(frozen=True, slots=True)
class MailedToken:
    """The right to do one thing for one account, once; the mail has the token, we its hash."""

    token_hash: bytes
    user_id: UUID
    purpose: MailKind
    email_key: str
    expires_at: datetime


def hash_token(token: str) -> bytes:
    """Returns what is stored of a token; its 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()
