"""A signed-in person goes back to the client with an authorization code.

Called by the sign-in page. We keep the code's hash only; its 256 random bits need no salt.
"""

import hashlib
import secrets
from datetime import datetime

from auth.application.begin_authorization import PendingAuthorization
from auth.application.unit_of_work import UnitOfWork
from auth.domain.authentication import Authentication
from auth.domain.authorization_code import AuthorizationCode
from auth.domain.oauth_errors import AuthorizationRefused, InvalidScope
from auth.domain.user import User


def hash_code(code: str) -> bytes:
    """Returns what is stored of a code."""
    return hashlib.sha256(code.encode()).digest()


async def grant_code(
    pending: PendingAuthorization,
    user: User,
    authentication: Authentication,
    uow: UnitOfWork,
    now: datetime,
) -> str:
    """Returns a code for as much of the requested scope as the person and the client may have.

    Raises AuthorizationRefused when nothing is left of it.
    """
    request = pending.request
    scopes = pending.scopes_for(user)
    if not scopes:
        error = InvalidScope("Nothing of this scope is yours to give.")
        raise AuthorizationRefused(error, request.redirect_uri, request.state)
    code = secrets.token_urlsafe(32)
    async with uow:
        await uow.codes.add(
            AuthorizationCode(
                code_hash=hash_code(code),
                client_id=request.client_id,
                user_id=user.id,
                redirect_uri=request.redirect_uri,
                scopes=scopes,
                code_challenge=request.code_challenge,
                issued_at=now,
                authentication=authentication,
                nonce=request.nonce,
            )
        )
        await uow.commit()
    return code
