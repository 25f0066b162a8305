"""The token endpoint, without its HTTP: which client, which grant, then the grant's own file.

Called by POST /oauth/token. To add a grant, write its file and give it a line in GRANTS.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from auth.application.authenticate_client import ClientChecks, authenticate_client
from auth.application.client_credentials import client_credentials
from auth.application.exchange_token import exchange_token
from auth.application.redeem_code import redeem_code
from auth.application.refresh_tokens import refresh_tokens
from auth.application.token_request import Grant, TokenAnswer, TokenRequest
from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    REFRESH_TOKEN,
    TOKEN_EXCHANGE,
)
from auth.domain.grant_ports import TokenMaker
from auth.domain.oauth_errors import UnsupportedGrantType

GRANTS: Mapping[str, Callable[[Grant], Awaitable[TokenAnswer]]] = {
    AUTHORIZATION_CODE: redeem_code,
    REFRESH_TOKEN: refresh_tokens,
    CLIENT_CREDENTIALS: client_credentials,
    TOKEN_EXCHANGE: exchange_token,
}


@dataclass(frozen=True, slots=True)
class TokenServices:
    """What every request of a client needs besides its transaction."""

    tokens: TokenMaker
    clients: ClientChecks


async def grant_token(
    request: TokenRequest, uow: UnitOfWork, services: TokenServices, now: datetime
) -> TokenAnswer:
    """Raises an OAuthError; what a refusal had to revoke is revoked by then."""
    grant_type = request.require("grant_type")
    if grant_type not in GRANTS:
        raise UnsupportedGrantType("This server has no such grant.")
    async with uow:
        client = await authenticate_client(request, uow, services.clients, now)
        client.check_grant(grant_type)
        grant = Grant(request, client, uow, services.tokens, services.clients.assertions, now)
        return await GRANTS[grant_type](grant)
