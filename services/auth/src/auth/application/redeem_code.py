"""The authorization code grant: a code and its PKCE verifier become tokens (RFC 6749 §4.1.3).

A code that comes a second time has leaked, so the refresh tokens of its first use are revoked.
"""

from auth.application.grant_code import hash_code
from auth.application.protocol import s256_challenge
from auth.application.token_request import Grant, TokenAnswer, claims_for_user
from auth.domain.authorization import AuthorizationCode
from auth.domain.oauth_errors import CodeReplayed, InvalidGrant
from auth.domain.refresh_family import new_family
from auth.domain.rights import scopes_of
from chassis.ids import uuid7


async def redeem_code(grant: Grant) -> TokenAnswer:
    """Raises InvalidRequest, InvalidGrant, and CodeReplayed after revoking."""
    request, uow = grant.request, grant.uow
    challenge = s256_challenge(request.require("code_verifier"))
    code = await uow.codes.lock(hash_code(request.require("code")))
    if code is None:
        raise InvalidGrant("The code is unknown.")
    family_id = uuid7()
    try:
        code.redeem(
            client_id=grant.client.id,
            redirect_uri=request.require("redirect_uri"),
            challenge=challenge,
            family_id=family_id,
            now=grant.now,
        )
    except CodeReplayed:
        await _revoke_first_use(grant, code)
        raise
    user = await uow.users.get(code.user_id)
    if not user.trusts(code.session_id, code.issued_at):
        raise InvalidGrant("The session that the code came from was ended.")
    scopes = code.scopes & scopes_of(user.roles)
    family = new_family(
        family_id,
        user_id=user.id,
        client_id=code.client_id,
        scopes=code.scopes,
        now=grant.now,
        session_id=code.session_id,
    )
    await uow.families.add(family)
    await uow.codes.save(code)
    await uow.commit()
    return TokenAnswer(
        access_token=grant.tokens.access_token(claims_for_user(grant, user, scopes)),
        refresh_token=grant.tokens.refresh_token(family.id, family.generation),
        scopes=scopes,
    )


async def _revoke_first_use(grant: Grant, code: AuthorizationCode) -> None:
    family = await grant.uow.families.lock(code.family_id) if code.family_id else None
    if family is not None:
        family.revoke(grant.now)
        await grant.uow.families.save(family)
        await grant.uow.commit()
