"""A client gives back a token that it no longer needs (RFC 7009).

A refresh token takes its whole family with it, and the access tokens that came from it; an
access token goes alone. Called by POST /oauth/revoke.
"""

from datetime import datetime

from auth.application.access_tokens import AccessTokens, living_claims
from auth.application.authenticate_client import authenticate_client
from auth.application.grant_token import TokenServices
from auth.application.revoke_grants import revoke_access_token, revoke_family
from auth.application.token_request import TokenRequest
from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import Client
from auth.domain.oauth_errors import InvalidGrant


async def revoke_token(
    request: TokenRequest,
    uow: UnitOfWork,
    services: TokenServices,
    access_tokens: AccessTokens,
    now: datetime,
) -> None:
    """Does nothing for what is no living token of ours (§2.2).

    Raises InvalidClient, InvalidRequest, and InvalidGrant for another client's token.
    """
    async with uow:
        client = await authenticate_client(request, uow, services.clients, now)
        token = request.require("token")
        opened = services.tokens.open_refresh_token(token)
        if opened is None:
            await _revoke_access(token, client, uow, access_tokens, now)
            return
        family = await uow.families.lock(opened[0])
        if family is not None:
            _check_owner(family.client_id, client)
            await revoke_family(uow, family, now)
            await uow.commit()


async def _revoke_access(
    token: str, client: Client, uow: UnitOfWork, access_tokens: AccessTokens, now: datetime
) -> None:
    claims = await living_claims(token, access_tokens)
    if claims is not None:
        _check_owner(claims.client_id, client)
        await revoke_access_token(uow, claims.token_id, claims.expires_at, now)
        await uow.commit()


def _check_owner(owner: str, client: Client) -> None:
    if owner != client.id:
        raise InvalidGrant("The token was given to another client.")
