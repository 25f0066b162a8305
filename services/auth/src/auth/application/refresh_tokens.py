"""The refresh grant: a refresh token becomes a new pair, and its predecessor dies (RFC 9700 §4.14).

What the person may do is looked up again each time, so a lost role is lost within five minutes.
"""

from auth.application.token_request import Grant, TokenAnswer, claims_for_user
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
        await grant.uow.families.save(family)
        await grant.uow.commit()
        raise
    user = await grant.uow.users.get(family.user_id)
    scopes &= scopes_of(user.roles)
    await grant.uow.families.save(family)
    await grant.uow.commit()
    return TokenAnswer(
        access_token=grant.tokens.access_token(claims_for_user(grant, user, scopes)),
        refresh_token=grant.tokens.refresh_token(family.id, generation),
        scopes=scopes,
    )
