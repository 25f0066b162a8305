"""What stands between an authorization request and its code: signing in, consent, or nothing.

The pages call it when a request comes, and again after each form (OpenID Connect Core §3.1.2.3).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from auth.application.begin_authorization import PendingAuthorization
from auth.application.consent import needs_consent
from auth.application.unit_of_work import UnitOfWork
from auth.domain.authentication import Authentication
from auth.domain.authorization import LOGIN, NONE
from auth.domain.grant_ports import TokenMaker
from auth.domain.oauth_errors import (
    AuthorizationRefused,
    ConsentRequired,
    InvalidRequest,
    LoginRequired,
    OAuthError,
)
from auth.domain.user import User


class Step(StrEnum):
    """CONFIRM asks somebody who is signed in whether to go on as they are."""

    SIGN_IN = "sign_in"
    CONSENT = "consent"
    CONFIRM = "confirm"
    GRANT = "grant"


async def next_step(
    pending: PendingAuthorization,
    user: User | None,
    authentication: Authentication | None,
    uow: UnitOfWork,
    tokens: TokenMaker,
    now: datetime,
) -> Step:
    """Returns what to show; raises AuthorizationRefused where the client allows no page."""
    silent = NONE in pending.request.prompts
    wanted = _hinted_subject(pending, tokens)
    fresh = user and authentication and _is_fresh(pending, authentication, now)
    if user is None or not fresh or wanted not in {None, str(user.id)}:
        if silent:
            raise _refused(pending, LoginRequired("Nobody is signed in as this request needs."))
        return Step.SIGN_IN
    if await needs_consent(pending, user, uow):
        if silent:
            raise _refused(pending, ConsentRequired("The person has not allowed all of this."))
        return Step.CONSENT
    return Step.GRANT if silent else Step.CONFIRM


def _is_fresh(pending: PendingAuthorization, authentication: Authentication, now: datetime) -> bool:
    request = pending.request
    if LOGIN in request.prompts:
        return False
    oldest = timedelta.max if request.max_age is None else timedelta(seconds=request.max_age)
    return now - authentication.at <= oldest


def _hinted_subject(pending: PendingAuthorization, tokens: TokenMaker) -> str | None:
    """Whose ID token the client holds; it must be one that we gave to this client."""
    hint = pending.request.id_token_hint
    if hint is None:
        return None
    opened = tokens.open_id_token(hint)
    if opened is None or opened.audience != pending.client.id:
        raise _refused(pending, InvalidRequest("id_token_hint is no ID token of this client."))
    return opened.subject


def _refused(pending: PendingAuthorization, error: OAuthError) -> AuthorizationRefused:
    return AuthorizationRefused(error, pending.request.redirect_uri, pending.request.state)
