"""The end of every sign-in: a new session with a new cookie, whatever the way in was.

Called by the routes of the password, the second step and other providers.
"""

from datetime import datetime

from fastapi.responses import Response

from auth.api.browser import Browser
from auth.application.sign_in import open_session
from auth.domain.user import User


async def welcome(
    answer: Response, browser: Browser, user: User, methods: tuple[str, ...], began: datetime
) -> Response:
    """Puts a new session's cookie on the answer, and ends the session that was there before."""
    sessions = browser.container.sessions
    secret, _session = await open_session(user, browser.visitor, methods, sessions, began)
    await sessions.close(browser.secret)
    browser.keep(answer, secret)
    browser.remember_device(answer, user.email_key)
    return answer
