"""The end of every sign-in: a new session with a new cookie, whatever the way in was.

Called by the routes of the password, the second step and other providers.
"""

from dataclasses import replace
from datetime import datetime

from fastapi.responses import Response

from auth.api.browser import Browser
from auth.api.journey import Journey
from auth.api.steps import lead_on
from auth.application.sign_in import new_session
from auth.domain.oauth_errors import AuthorizationRefused
from auth.domain.user import User


async def welcome(
    journey: Journey, browser: Browser, user: User, methods: tuple[str, ...], began: datetime
) -> Response:
    """Leads on with a new session and its cookie, and ends the session that was there before."""
    sessions = browser.container.sessions
    session = new_session(user, browser.visitor, methods, began)
    secret = await sessions.open(session)
    try:
        renewed = replace(browser, secret=secret)
        answer = await lead_on(journey.signed_in(), renewed, (user, session))
    except AuthorizationRefused:
        await sessions.close(secret)
        raise
    await sessions.close(browser.secret)
    browser.keep(answer, secret)
    browser.remember_device(answer, user.email_key)
    return answer
