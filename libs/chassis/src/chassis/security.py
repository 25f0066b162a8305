"""Who calls: the bearer token of a request as a `Caller`, and the scope a route demands.

Routes say it in their signature, `caller: Annotated[Caller, requires("things:read")]`, and so it
shows in OpenAPI. Answers follow RFC 6750: 401 without a good token, 403 without the scope.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.openapi.models import OAuth2, OAuthFlowAuthorizationCode, OAuthFlows
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase

from chassis.audit import undertake
from chassis.claims import Claims, InvalidToken
from chassis.problems import ProblemTable, ProblemType

SCHEME = "souk"
OPTIONAL_SCHEME = "souk-optional"
ANY_SCHEME = "souk-any"
REALM = 'Bearer realm="souk"'
# Where a request's scope has the caller's id, for reports of errors.
SUBJECT = "souk.subject"
# `openapi_extra` of a route that anybody may call; a route says this or who may call it.
PUBLIC: dict[str, Any] = {"security": [{}]}
# Auth's word for somebody who acts for themselves alone; every other role is one of the staff's.
PLAIN_ROLES = frozenset({"customer"})


@dataclass(frozen=True, slots=True)
class Caller:
    """An account or a machine client; `actor` is who acts for it, by token exchange."""

    subject: str
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str]
    actor: str | None = None
    # What the token came from, where that can be revoked.
    grant: str | None = None

    @property
    def identity(self) -> str:
        """Names the caller in keys, apart from guests and from others."""
        return f"sub:{self.subject}"

    @property
    def answers_for_changes(self) -> bool:
        """True for the staff, for machines and for who acts for somebody else."""
        is_machine = self.subject == self.client_id
        return bool(self.roles - PLAIN_ROLES) or is_machine or self.actor is not None

    def may(self, scope: str) -> bool:
        """True when the token carries the scope."""
        return scope in self.scopes


class NotAuthenticated(Exception):
    """The request needs a bearer token and has none (401)."""

    def __init__(self) -> None:
        super().__init__("This needs an access token.")


class InsufficientScope(Exception):
    """The token is good and carries none of the scopes that would do (403).

    The first of them is the one to ask for.
    """

    def __init__(self, *scopes: str) -> None:
        super().__init__(f"The access token lacks the scope {' or '.join(scopes)}.")
        self.scope = scopes[0]


class Bearer(SecurityBase):
    """The dependency behind `requires` and its kin; FastAPI reads its OpenAPI model."""

    def __init__(self, scheme_name: str) -> None:
        self.scheme_name = scheme_name
        self.model = OAuth2(
            flows=OAuthFlows(
                authorizationCode=OAuthFlowAuthorizationCode(
                    authorizationUrl="/oauth/authorize", tokenUrl="/oauth/token", scopes={}
                )
            )
        )

    async def __call__(self, request: Request, wanted: SecurityScopes) -> Caller | None:
        """Returns the caller; raises NotAuthenticated, InvalidToken or InsufficientScope.

        Where guests may call, scopes only stand in OpenAPI: the route itself weighs them.
        """
        token = bearer_token(request)
        if token is None:
            if self.scheme_name == OPTIONAL_SCHEME:
                return None
            raise NotAuthenticated
        caller = caller_of(await request.app.state.verifier.verify(token))
        request.scope[SUBJECT] = caller.subject
        # Before the scopes are weighed, so that the log names who was refused.
        if caller.answers_for_changes:
            undertake(
                request,
                subject=caller.subject,
                client_id=caller.client_id,
                roles=caller.roles,
                actor=caller.actor,
            )
        if self.scheme_name == SCHEME:
            _require_all(caller, wanted.scopes)
        elif self.scheme_name == ANY_SCHEME:
            _require_any(caller, wanted.scopes)
        return caller


def _require_all(caller: Caller, scopes: Sequence[str]) -> None:
    for scope in scopes:
        if not caller.may(scope):
            raise InsufficientScope(scope)


def _require_any(caller: Caller, scopes: Sequence[str]) -> None:
    if caller.scopes.isdisjoint(scopes):
        raise InsufficientScope(*scopes)


_all_of = Bearer(SCHEME)
_any_of = Bearer(ANY_SCHEME)
_optional = Bearer(OPTIONAL_SCHEME)


def requires(*scopes: str) -> Any:
    """Returns the dependency for `Annotated[Caller, requires("things:read")]`: all the scopes."""
    return Security(_all_of, scopes=list(scopes))


def requires_any(first: str, *others: str) -> Any:
    """Returns the dependency of a caller with at least one of the scopes.

    OpenAPI shows them as alternatives. A challenge asks for the first, so name the least.
    """
    return Security(_any_of, scopes=[first, *others])


OptionalCaller = Annotated[Caller | None, Depends(_optional)]


def bearer_token(request: Request) -> str | None:
    """Returns the token, None without one; raises InvalidToken for more than one header."""
    headers = request.headers.getlist("authorization")
    if not headers:
        return None
    scheme, _space, token = headers[0].partition(" ")
    if len(headers) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise InvalidToken("Authorization is not one bearer token.")
    return token.strip()


def caller_of(claims: Claims) -> Caller:
    """Returns the caller that the claims describe."""
    return Caller(
        claims.subject, claims.client_id, claims.scopes, claims.roles, claims.actor, claims.grant
    )


def _insufficient(error: InsufficientScope) -> dict[str, str]:
    challenge = f'{REALM}, error="insufficient_scope", scope="{error.scope}"'
    return {"WWW-Authenticate": challenge}


SECURITY_PROBLEMS: ProblemTable = {
    NotAuthenticated: ProblemType(
        401, "authentication-required", "Please sign in", {"WWW-Authenticate": REALM}
    ),
    InvalidToken: ProblemType(
        401,
        "invalid-token",
        "The access token is not valid",
        {"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
    ),
    InsufficientScope: ProblemType(
        403, "insufficient-scope", "The access token does not allow this", _insufficient
    ),
}
