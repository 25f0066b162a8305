"""What the rules of OAuth grants need from the outside, as protocols; `adapters/` implements them.

Repositories of clients, codes, families and consents, and the makers and readers of tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from auth.domain.authentication import Authentication
from auth.domain.authorization_code import AuthorizationCode
from auth.domain.client import Client
from auth.domain.refresh_family import RefreshFamily


class Clients(Protocol):
    """The registered OAuth clients."""

    async def get(self, client_id: str) -> Client | None:
        """Returns an enabled client."""

    async def lock(self, client_id: str) -> Client | None:
        """Returns an enabled client, locked until the transaction ends."""

    async def page(self, after: str, limit: int) -> Sequence[Client]:
        """Returns up to `limit` enabled clients with ids behind `after`, by id."""

    async def put(self, client: Client, now: datetime) -> None:
        """Registers a client, or replaces its registration."""

    async def delete(self, client_id: str) -> None:
        """Removes a client and what people allowed it."""

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

    async def forget(
        self,
        user_id: UUID,
        *,
        session_id: UUID | None = None,
        keep_session: UUID | None = None,
        client_id: str | None = None,
    ) -> None:
        """Removes the account's codes that nobody has redeemed and that fit all that is given."""


class Families(Protocol):
    """The families of refresh tokens."""

    async def add(self, family: RefreshFamily) -> None:
        """Keeps a new family."""

    async def lock(self, family_id: UUID) -> RefreshFamily | None:
        """Returns the family, locked until the transaction ends."""

    async def save(self, family: RefreshFamily) -> None:
        """Writes generation, rotation and revocation."""

    async def revoke_of_user(
        self,
        user_id: UUID,
        now: datetime,
        *,
        session_id: UUID | None = None,
        keep_session: UUID | None = None,
        client_id: str | None = None,
    ) -> list[UUID]:
        """Revokes the account's living families that fit all that is given; their ids."""

    async def revoke_of_client(self, client_id: str, now: datetime) -> list[UUID]:
        """Revokes the client's living families; returns their ids."""


class Consents(Protocol):
    """What people have allowed which client."""

    async def scopes(self, user_id: UUID, client_id: str) -> frozenset[str]:
        """Returns what the person has allowed the client so far."""

    async def add(
        self, user_id: UUID, client_id: str, scopes: frozenset[str], now: datetime
    ) -> None:
        """Adds to it."""

    async def of_user(self, user_id: UUID) -> Mapping[str, frozenset[str]]:
        """Returns what the person has allowed, by the ids of clients."""

    async def remove(self, user_id: UUID, client_id: str) -> None:
        """Forgets what the person has allowed the client."""


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
    """What one access token says (RFC 9068).

    `actor` is who acts for the subject (RFC 8693), `grant` the refresh family it came from.
    """

    jti: UUID
    subject: str
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str]
    issued_at: datetime
    actor: str | None = None
    grant: UUID | None = None


@dataclass(frozen=True, slots=True)
class IdClaims:
    """What one ID token says (OpenID Connect Core §2) beside the access token it comes with."""

    subject: UUID
    client_id: str
    issued_at: datetime
    authentication: Authentication
    access_token: str
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class IdToken:
    """An ID token of ours that came back as a hint, however old."""

    subject: str
    audience: str
    session_id: str | None


class TokenMaker(Protocol):
    """Signs access tokens and ID tokens, and seals and opens refresh tokens."""

    def access_token(self, claims: AccessClaims) -> str:
        """Returns a signed JWT that lives ACCESS_TOKEN_SECONDS."""

    def id_token(self, claims: IdClaims) -> str:
        """Returns a signed JWT that no service takes for an access token."""

    def open_id_token(self, token: str) -> IdToken | None:
        """Returns what an ID token of ours says, expired or not; None for any other text."""

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
