"""What the token endpoint is asked and what it answers (RFC 6749 §4 and §5.1).

Every grant is a function from a `Grant` to a `TokenAnswer`; `grant_token.py` picks the function.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import REFRESH_TOKEN, Client
from auth.domain.grant_ports import AccessClaims, Assertions, IdClaims, TokenMaker
from auth.domain.oauth_errors import InvalidRequest
from auth.domain.refresh_family import RefreshFamily
from auth.domain.rights import OPENID
from auth.domain.user import User
from chassis.ids import uuid7

# Short, because a service that checks tokens by itself cannot hear of a revocation.
ACCESS_TOKEN_SECONDS = 300

JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The form fields of a request by a client; an empty one counts as absent (RFC 6749 §3.2).

    `basic` is the client's id and secret from the Authorization header, where it sent one.
    """

    fields: Mapping[str, str]
    basic: tuple[str, str] | None = None

    def get(self, name: str) -> str | None:
        """Returns an optional field."""
        return self.fields.get(name) or None

    def require(self, name: str) -> str:
        """Returns a field; raises InvalidRequest when it is absent."""
        if value := self.get(name):
            return value
        raise InvalidRequest(f"{name} is missing.")


@dataclass(frozen=True, slots=True)
class Grant:
    """One token request of an authenticated client, inside its open unit of work."""

    request: TokenRequest
    client: Client
    uow: UnitOfWork
    tokens: TokenMaker
    assertions: Assertions
    now: datetime


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A successful answer; lifetimes are in seconds."""

    access_token: str
    scopes: frozenset[str]
    expires_in: int = ACCESS_TOKEN_SECONDS
    refresh_token: str | None = None
    id_token: str | None = None
    issued_token_type: str | None = None


def claims_for_user(
    grant: Grant,
    user: User,
    scopes: frozenset[str],
    *,
    actor: str | None = None,
    family: UUID | None = None,
) -> AccessClaims:
    """Returns the claims of an access token that speaks for a person."""
    return AccessClaims(
        jti=uuid7(),
        subject=str(user.id),
        client_id=grant.client.id,
        scopes=scopes,
        roles=frozenset(user.roles),
        issued_at=grant.now,
        actor=actor,
        grant=family,
    )


def answer_from_family(
    grant: Grant,
    user: User,
    family: RefreshFamily,
    scopes: frozenset[str],
    generation: int,
    nonce: str | None = None,
) -> TokenAnswer:
    """Returns the tokens that a code or a refresh gives: with an ID token for `openid`.

    A client that is not registered for the refresh grant gets no refresh token.
    """
    claims = claims_for_user(grant, user, scopes, family=family.id)
    access_token = grant.tokens.access_token(claims)
    refreshes = REFRESH_TOKEN in grant.client.grant_types
    identity = IdClaims(
        subject=user.id,
        client_id=grant.client.id,
        issued_at=grant.now,
        authentication=family.authentication,
        access_token=access_token,
        nonce=nonce,
    )
    return TokenAnswer(
        access_token=access_token,
        scopes=scopes,
        refresh_token=grant.tokens.refresh_token(family.id, generation) if refreshes else None,
        id_token=grant.tokens.id_token(identity) if OPENID in scopes else None,
    )
