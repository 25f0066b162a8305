"""Which client is asking, and is it really that one?

Public clients only name themselves; PKCE protects their codes. Others send a secret as they are
registered to (RFC 6749 §2.3.1), or sign a short JWT with their registered key (private_key_jwt,
RFC 7523 §2.2). Called for tokens, revocation and introspection.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from auth.application.token_request import TokenRequest
from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import AuthMethod, Client
from auth.domain.grant_ports import Assertions, SpentAssertions
from auth.domain.oauth_errors import InvalidClient, InvalidRequest

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class ClientChecks:
    """What it takes to know a client, besides its registration."""

    assertions: Assertions
    spent: SpentAssertions


def hash_secret(secret: str) -> bytes:
    """Returns what is stored of a client's secret; its 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


async def authenticate_client(
    request: TokenRequest, uow: UnitOfWork, checks: ClientChecks, now: datetime
) -> Client:
    """Returns the client; raises InvalidClient with the same words for every reason.

    Two ways at once are an InvalidRequest, as RFC 6749 §2.3 wants it.
    """
    method = _method(request)
    if method is AuthMethod.PRIVATE_KEY_JWT:
        return await _with_assertion(request, uow, checks, now)
    if method is AuthMethod.NONE:
        return await _public_client(request, uow)
    return await _with_secret(request, uow, method)


def _method(request: TokenRequest) -> AuthMethod:
    found = {
        AuthMethod.PRIVATE_KEY_JWT: request.get("client_assertion"),
        AuthMethod.SECRET_POST: request.get("client_secret"),
        AuthMethod.SECRET_BASIC: request.basic,
    }
    used = [method for method, value in found.items() if value is not None]
    if len(used) > 1:
        raise InvalidRequest("A client authenticates in one way at a time.")
    return used[0] if used else AuthMethod.NONE


async def _public_client(request: TokenRequest, uow: UnitOfWork) -> Client:
    client = await uow.clients.get(request.get("client_id") or "")
    if client is None or not client.is_public:
        raise _refusal()
    return client


async def _with_secret(request: TokenRequest, uow: UnitOfWork, method: AuthMethod) -> Client:
    named = request.get("client_id")
    client_id, secret = request.basic or (named or "", request.get("client_secret") or "")
    client = await uow.clients.get(client_id)
    if client is None or named not in {None, client_id}:
        raise _refusal()
    if not client.has_secret(hash_secret(secret), method):
        raise _refusal()
    return client


async def _with_assertion(
    request: TokenRequest, uow: UnitOfWork, checks: ClientChecks, now: datetime
) -> Client:
    assertion = request.require("client_assertion")
    client = await uow.clients.get(checks.assertions.claimed_client(assertion) or "")
    if client is None or request.get("client_assertion_type") != ASSERTION_TYPE:
        raise _refusal()
    verified = checks.assertions.verify(assertion, client, now)
    named = request.get("client_id") or client.id
    if verified is None or not verified.subject == named == client.id:
        raise _refusal()
    if not await checks.spent.spend(verified):
        raise InvalidClient("The client assertion was used before.")
    return client


def _refusal() -> InvalidClient:
    return InvalidClient("The client is unknown or did not authenticate as registered.")
