"""Token exchange: the operator's client acts for an account that it imported (RFC 8693).

It presents a short JWT, signed with its registered key, whose `sub` is the account. What it gets
says so in `act`, reaches carts and orders only, and is written to the audit trail first.
"""

from uuid import UUID

from auth.application.token_request import (
    ACCESS_TOKEN_TYPE,
    JWT_TYPE,
    Grant,
    TokenAnswer,
    TokenRequest,
    claims_for_user,
)
from auth.domain.authorization import parse_scope
from auth.domain.errors import UserNotFound
from auth.domain.grant_ports import Assertion, Exchange
from auth.domain.oauth_errors import InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget
from auth.domain.rights import EXCHANGE_SCOPES
from auth.domain.user import User


async def exchange_token(grant: Grant) -> TokenAnswer:
    """Raises InvalidRequest, InvalidTarget, InvalidScope and InvalidGrant."""
    scopes = _check_shape(grant.request)
    assertion = grant.assertions.verify(
        grant.request.require("subject_token"), grant.client, grant.now
    )
    if assertion is None:
        raise InvalidGrant("The subject_token is not a fresh JWT signed with the client's key.")
    user = await _subject(grant, assertion)
    claims = claims_for_user(grant, user, scopes, actor=grant.client.id)
    exchange = Exchange(
        client_id=grant.client.id,
        user_id=user.id,
        assertion_jti=assertion.jti,
        token_jti=claims.jti,
        scopes=scopes,
        at=grant.now,
    )
    if not await grant.uow.exchanges.record(exchange):
        raise InvalidGrant("The subject_token was used before.")
    await grant.uow.commit()
    return TokenAnswer(
        access_token=grant.tokens.access_token(claims),
        scopes=scopes,
        issued_token_type=ACCESS_TOKEN_TYPE,
    )


def _check_shape(request: TokenRequest) -> frozenset[str]:
    """Returns the scopes asked for; what RFC 8693 §2.1 offers beyond our needs is refused."""
    if request.require("subject_token_type") != JWT_TYPE:
        raise InvalidRequest("subject_token_type must be a JWT.")
    if request.get("requested_token_type") not in {None, ACCESS_TOKEN_TYPE}:
        raise InvalidRequest("Only access tokens can be requested.")
    if request.get("actor_token") or request.get("actor_token_type"):
        raise InvalidRequest("The actor is the client itself; no actor_token is taken.")
    if request.get("resource") or request.get("audience"):
        raise InvalidTarget("Tokens are for the whole shop; leave resource and audience out.")
    scopes = parse_scope(request.get("scope")) or EXCHANGE_SCOPES
    if not scopes <= EXCHANGE_SCOPES:
        raise InvalidScope("Token exchange gives carts and orders only.")
    return scopes


async def _subject(grant: Grant, assertion: Assertion) -> User:
    """An account that is not this client's to act for is refused like one that does not exist."""
    try:
        user = await grant.uow.users.get(UUID(assertion.subject))
    except (ValueError, UserNotFound):
        user = None
    if user is None or not user.may_be_acted_for_by(grant.client.id):
        raise InvalidGrant("The subject is not an account that this client may act for.")
    return user
