"""A client sends a browser to sign in: is it a client we know, asking for what it may have?

Called for the sign-in page and again when its form comes back, because a form can be forged.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from auth.application.unit_of_work import UnitOfWork
from auth.domain.authorization import AuthorizationRequest, check_authorization_request
from auth.domain.client import Client
from auth.domain.oauth_errors import AuthorizationRefused, OAuthError, UnsafeRedirect


@dataclass(frozen=True, slots=True)
class PendingAuthorization:
    """A checked request, and who is asking."""

    client: Client
    request: AuthorizationRequest


async def begin_authorization(
    parameters: Mapping[str, str], uow: UnitOfWork
) -> PendingAuthorization:
    """Raises UnsafeRedirect while the browser must stay here, AuthorizationRefused after."""
    client = await _known_client(parameters, uow)
    try:
        return PendingAuthorization(client, check_authorization_request(parameters, client))
    except OAuthError as error:
        raise AuthorizationRefused(
            error, parameters["redirect_uri"], parameters.get("state")
        ) from error


async def _known_client(parameters: Mapping[str, str], uow: UnitOfWork) -> Client:
    async with uow:
        client = await uow.clients.get(parameters.get("client_id", ""))
    if client is None:
        raise UnsafeRedirect("The client_id is not registered.")
    client.check_redirect(parameters.get("redirect_uri", ""))
    return client
