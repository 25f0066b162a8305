"""Which client is asking for a token, and is it really that one?

Public clients only name themselves; PKCE protects their codes. Others sign a short JWT with
their registered key (private_key_jwt, RFC 7523 §2.2). Called by `grant_token`.
"""

from datetime import datetime

from auth.application.token_request import TokenRequest
from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import Client
from auth.domain.oauth_errors import InvalidClient
from auth.domain.ports import Assertions, SpentAssertions

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def authenticate_client(
    request: TokenRequest,
    uow: UnitOfWork,
    assertions: Assertions,
    spent: SpentAssertions,
    now: datetime,
) -> Client:
    """Returns the client; raises InvalidClient with the same words for every reason."""
    assertion = request.get("client_assertion")
    if assertion is None:
        return await _public_client(request, uow)
    client = await uow.clients.get(assertions.claimed_client(assertion) or "")
    if client is None or request.get("client_assertion_type") != ASSERTION_TYPE:
        raise _refusal()
    verified = assertions.verify(assertion, client, now)
    named = request.get("client_id") or client.id
    if verified is None or not verified.subject == named == client.id:
        raise _refusal()
    if not await spent.spend(verified):
        raise InvalidClient("The client assertion was used before.")
    return client


async def _public_client(request: TokenRequest, uow: UnitOfWork) -> Client:
    client = await uow.clients.get(request.get("client_id") or "")
    if client is None or not client.is_public or request.get("client_secret"):
        raise _refusal()
    return client


def _refusal() -> InvalidClient:
    return InvalidClient("The client is unknown or did not authenticate as registered.")
