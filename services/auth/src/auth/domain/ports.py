"""What the rules need from the outside, as protocols; `adapters/` implements them.

The use cases receive these; unit tests hand them fakes. One suite runs over the SQL adapters
and the fakes alike, so that the fakes stay honest.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from auth.domain.authorization import AuthorizationCode
from auth.domain.client import Client
from auth.domain.refresh_family import RefreshFamily
from auth.domain.secret_mail import MailedToken, MailKind, PendingMail
from auth.domain.session import Session
from auth.domain.throttling import Try
from auth.domain.user import User


class Users(Protocol):
    """The accounts."""

    async def get(self, user_id: UUID) -> User:
        """Raises UserNotFound."""

    async def lock(self, user_id: UUID) -> User:
        """Returns the account, locked until the transaction ends; raises UserNotFound."""

    async def by_email(self, key: str) -> User | None:
        """Finds an account by `email_key`."""

    async def add(self, user: User) -> None:
        """Raises EmailTaken when the address has an account."""

    async def save(self, user: User) -> None:
        """Writes a changed account that was locked."""


class Clients(Protocol):
    """The registered OAuth clients."""

    async def get(self, client_id: str) -> Client | None:
        """Returns an enabled client."""

    async def put(self, client: Client) -> None:
        """Registers a client, or replaces its registration."""

    async def disable(self, client_id: str) -> None:
        """Turns a client off, if it exists."""


class Codes(Protocol):
    """The authorization codes of the last minutes."""

    async def add(self, code: AuthorizationCode) -> None:
        """Keeps a new code."""

    async def lock(self, code_hash: bytes) -> AuthorizationCode | None:
        """Returns the code, locked until the transaction ends."""

    async def save(self, code: AuthorizationCode) -> None:
        """Writes that the code is spent."""


class Families(Protocol):
    """The families of refresh tokens."""

    async def add(self, family: RefreshFamily) -> None:
        """Keeps a new family."""

    async def lock(self, family_id: UUID) -> RefreshFamily | None:
        """Returns the family, locked until the transaction ends."""

    async def save(self, family: RefreshFamily) -> None:
        """Writes generation, rotation and revocation."""

    async def revoke(
        self, user_id: UUID, session_id: UUID | None, keep: UUID | None, now: datetime
    ) -> list[UUID]:
        """Revokes what came from one session, or from all but one; returns what it revoked."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified JWT of a client (RFC 7523 §3): it says `subject`, once, until `expires_at`."""

    client_id: str
    subject: str
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """One token exchange, as the audit trail keeps it: who acted for whom, with which token."""

    client_id: str
    user_id: UUID
    assertion_jti: str
    token_jti: UUID
    scopes: frozenset[str]
    at: datetime


class Exchanges(Protocol):
    """The audit trail of token exchange. It is only ever added to."""

    async def record(self, exchange: Exchange) -> bool:
        """Keeps the exchange; False when this client has used the assertion before."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What one access token says (RFC 9068); `actor` is who acts for the subject (RFC 8693)."""

    jti: UUID
    subject: str
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str]
    issued_at: datetime
    actor: str | None = None


class TokenMaker(Protocol):
    """Signs access tokens, and seals and opens refresh tokens."""

    def access_token(self, claims: AccessClaims) -> str:
        """Returns a signed JWT that lives ACCESS_TOKEN_SECONDS."""

    def refresh_token(self, family_id: UUID, generation: int) -> str:
        """Returns the opaque token of one generation of a family; always the same one."""

    def open_refresh_token(self, token: str) -> tuple[UUID, int] | None:
        """Returns family and generation, or None when we never made this token."""


class Assertions(Protocol):
    """Verifies the JWTs that clients sign."""

    def claimed_client(self, assertion: str) -> str | None:
        """Returns the `iss` that the JWT claims, unverified: it only says whose key to try."""

    def verify(self, assertion: str, client: Client, now: datetime) -> Assertion | None:
        """Returns what the assertion says, or None for any fault in it."""


class SpentAssertions(Protocol):
    """Remembers which client assertions have been used, for as long as they would be valid."""

    async def spend(self, assertion: Assertion) -> bool:
        """False when it was spent before."""


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose."""

    async def hash(self, password: str) -> str:
        """Returns an encoded hash. Raises SignInBusy."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Takes the same time whether the hash fits, differs or is None. Raises SignInBusy."""


class Sessions(Protocol):
    """Browsers that are signed in, each by a secret that only its cookie holds."""

    async def open(self, session: Session) -> str:
        """Starts a session and returns its secret."""

    async def find(self, secret: str, now: datetime) -> Session | None:
        """Returns the session, seen just now, or None."""

    async def close(self, secret: str) -> None:
        """Ends the session of this cookie, if there is one."""

    async def of_user(self, user_id: UUID) -> list[Session]:
        """Returns the account's sessions, the newest first."""

    async def end(self, user_id: UUID, sid: UUID) -> None:
        """Ends one of the account's own sessions, if it exists."""

    async def end_all(self, user_id: UUID, keep: UUID | None = None) -> None:
        """Ends the account's sessions, all but `keep`."""


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


class Throttle(Protocol):
    """Counts tries, so that nobody can guess on and on."""

    async def take(self, *tries: Try) -> None:
        """Counts one of each, or none of them where one is over its limit: raises Throttled."""

    async def give_back(self, *tries: Try) -> None:
        """Takes back what `take` counted, because it was no guess."""

    async def forgive(self, *tries: Try) -> None:
        """Forgets all that was counted under these names."""
