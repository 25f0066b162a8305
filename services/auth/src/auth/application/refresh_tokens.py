"""The refresh grant: a refresh token becomes a new pair, and its predecessor dies (RFC 9700 §4.14).

What person and client may do is looked up again each time, so a lost role or scope is lost within
five minutes.
"""

from auth.application.revoke_grants import revoke_family
from auth.application.token_request import Grant, TokenAnswer, answer_from_family
from auth.domain.authorization import parse_scope
from auth.domain.oauth_errors import InvalidGrant, RefreshTokenReused
from auth.domain.rights import scopes_of


async def refresh_tokens(grant: Grant) -> TokenAnswer:
    """Raises InvalidGrant, InvalidScope, and RefreshTokenReused after revoking the family."""
    opened = grant.tokens.open_refresh_token(grant.request.require("refresh_token"))
    requested = parse_scope(grant.request.get("scope"))
    family = await grant.uow.families.lock(opened[0]) if opened else None
    if opened is None or family is None:
        raise InvalidGrant("The refresh token is not one of ours.")
    scopes = family.narrow(requested)
    try:
        generation = family.rotate(opened[1], grant.client.id, grant.now)
    except RefreshTokenReused:
        await revoke_family(grant.uow, family, grant.now)
        await grant.uow.commit()
        raise
    user = await grant.uow.users.get(family.user_id)
    if not user.trusts(family.authentication.session_id, family.authentication.at):
        raise InvalidGrant("The person has signed out of everything since.")
    await grant.uow.families.save(family)
    await grant.uow.commit()
    scopes &= scopes_of(user.roles) & grant.client.scopes
    return answer_from_family(grant, user, family, scopes, generation)
