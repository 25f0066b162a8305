"""A browser that is signed in: who, since when, how, and as what its owner recognises it.

The sign-in pages open sessions and `end_sessions` closes them; Redis keeps them. `sid` names a
session in public, in ID tokens and in the list that its owner sees; the cookie's secret does not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from auth.domain.authentication import Authentication

# OWASP ASVS 7.3: a session ends when nobody uses it, and at the latest after a working day.
IDLE = timedelta(hours=1)
LIFETIME = timedelta(hours=12)

USER_AGENT_LENGTH = 200

# How somebody proved who they are (RFC 8176).
PASSWORD, ONE_TIME_CODE, SEVERAL_FACTORS = "pwd", "otp", "mfa"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the other end, as far as a request shows: an IP address and a browser's name."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one account in one browser; `started_at` is OpenID Connect's auth_time."""

    sid: UUID
    user_id: UUID
    started_at: datetime
    last_seen_at: datetime
    visitor: Visitor
    methods: tuple[str, ...]

    @property
    def ends_at(self) -> datetime:
        """When it ends if nobody uses it any more."""
        return min(self.last_seen_at + IDLE, self.started_at + LIFETIME)

    @property
    def authentication(self) -> Authentication:
        """What grants keep of it."""
        return Authentication(self.started_at, self.methods, self.sid)
