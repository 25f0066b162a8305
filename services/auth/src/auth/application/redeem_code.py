"""The authorization code grant: a code and its PKCE verifier become tokens (RFC 6749 §4.1.3).

A code that comes a second time has leaked, so all tokens of its first use are revoked.
"""

from auth.application.grant_code import hash_code
from auth.application.protocol import s256_challenge
from auth.application.revoke_grants import revoke_family
from auth.application.token_request import Grant, TokenAnswer, answer_from_family
from auth.domain.authorization_code import AuthorizationCode
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
    if not user.trusts(code.authentication.session_id, code.authentication.at):
        raise InvalidGrant("The person has signed out of everything since.")
    family = new_family(family_id, code, grant.now)
    await uow.families.add(family)
    await uow.codes.save(code)
    await uow.commit()
    scopes = code.scopes & scopes_of(user.roles) & grant.client.scopes
    return answer_from_family(grant, user, family, scopes, family.generation, code.nonce)


async def _revoke_first_use(grant: Grant, code: AuthorizationCode) -> None:
    family = await grant.uow.families.lock(code.family_id) if code.family_id else None
    if family is not None:
        await revoke_family(grant.uow, family, grant.now)
        await grant.uow.commit()
