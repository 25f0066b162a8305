"""A client asks whether a token is still good, and what it says (RFC 7662).

Unlike a check of the signature it knows of revocations at once. Only clients that prove who they
are may ask; about refresh tokens, only the client that has them. Called by POST /oauth/introspect.
"""

from datetime import datetime
from typing import Any

from auth.application.access_tokens import AccessTokens, living_claims
from auth.application.authenticate_client import authenticate_client
from auth.application.grant_token import TokenServices
from auth.application.protocol import scope_text
from auth.application.token_request import TokenRequest
from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import Client
from auth.domain.oauth_errors import InvalidClient
from chassis.claims import Claims

INACTIVE: dict[str, Any] = {"active": False}


async def introspect_token(
    request: TokenRequest,
    uow: UnitOfWork,
    services: TokenServices,
    access_tokens: AccessTokens,
    now: datetime,
) -> dict[str, Any]:
    """Returns the answer's members (§2.2); for everything that is not good, only `active`.

    Raises InvalidClient, and InvalidRequest without a token.
    """
    async with uow:
        client = await authenticate_client(request, uow, services.clients, now)
        if client.is_public:
            raise InvalidClient("Only clients that authenticate may introspect tokens.")
        token = request.require("token")
        opened = services.tokens.open_refresh_token(token)
        if opened is not None:
            return await _refresh_token(opened, client, uow, now)
        claims = await living_claims(token, access_tokens)
        if claims is None or await uow.revocations.covers(claims.token_id, claims.grant):
            return INACTIVE
        return _access_token(claims)


async def _refresh_token(
    opened: tuple[Any, int], client: Client, uow: UnitOfWork, now: datetime
) -> dict[str, Any]:
    family = await uow.families.lock(opened[0])
    if family is None or not family.is_alive(now) or family.client_id != client.id:
        return INACTIVE
    if family.generation != opened[1]:
        return INACTIVE
    return {
        "active": True,
        "client_id": family.client_id,
        "sub": str(family.user_id),
        "scope": scope_text(family.scopes),
        "exp": int(family.expires_at.timestamp()),
    }


def _access_token(claims: Claims) -> dict[str, Any]:
    answer = {
        "active": True,
        "token_type": "Bearer",
        "iss": claims.issuer,
        "sub": claims.subject,
        "client_id": claims.client_id,
        "scope": scope_text(claims.scopes),
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "jti": claims.token_id,
    }
    if claims.actor is not None:
        answer["act"] = {"sub": claims.actor}
    return answer
