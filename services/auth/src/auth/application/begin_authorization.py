"""A client sends a browser to sign in: is it a client we know, asking for what it may have?

Called for the sign-in page and again when its form comes back, because a form can be forged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from auth.application.unit_of_work import UnitOfWork
from auth.domain.authorization import AuthorizationRequest, check_authorization_request
from auth.domain.client import Client
from auth.domain.oauth_errors import AuthorizationRefused, OAuthError, UnsafeRedirect
from auth.domain.rights import IDENTITY_SCOPES, scopes_of
from auth.domain.user import User


@dataclass(frozen=True, slots=True)
class PendingAuthorization:
    """A checked request, and who is asking."""

    client: Client
    request: AuthorizationRequest

    def scopes_for(self, user: User) -> frozenset[str]:
        """Returns as much of what is asked for as the person and the client may have.

        Who the person is, the client is told only where it asks for it (OpenID Connect).
        """
        allowed = scopes_of(user.roles) & self.client.scopes
        wanted = self.request.scopes
        return allowed - IDENTITY_SCOPES if wanted is None else allowed & wanted

    def signed_in(self) -> Self:
        """Returns it once the person has signed in for it."""
        return replace(self, request=self.request.signed_in())


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
