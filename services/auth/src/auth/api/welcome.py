"""The end of every sign-in: a new session with a new cookie, whatever the way in was.

Called by the routes of the password, the second step and other providers.
"""

from datetime import datetime

from fastapi.responses import Response

from auth.api.browser import Browser
from auth.api.journey import Journey, arrive
from auth.application.sign_in import new_session
from auth.domain.user import User


async def welcome(
    journey: Journey, browser: Browser, user: User, methods: tuple[str, ...], began: datetime
) -> Response:
    """Opens a session, ends the one that was there before, and goes where the journey leads."""
    container = browser.container
    session = new_session(user, browser.visitor, methods, began)
    answer = await arrive(journey, user, session, container)
    await container.sessions.close(browser.secret)
    browser.keep(answer, await container.sessions.open(session))
    browser.remember_device(answer, user.email_key)
    return answer
