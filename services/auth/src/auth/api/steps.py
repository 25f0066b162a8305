"""Chooses the page that an authorization request needs next, or ends it with a code.

`next_step` decides; the routes of the forms come back here after each of them.
"""

from fastapi.responses import Response

from auth.api.browser import Browser
from auth.api.journey import Journey, arrive
from auth.api.sign_in_pages import consent_page, continue_page, sign_in_page
from auth.application.next_step import Step, next_step
from auth.domain.session import Session
from auth.domain.user import User

SIGNED_OUT = "You were signed out. Please sign in again."


async def first_page(
    journey: Journey, browser: Browser, found: tuple[User, Session] | None
) -> Response:
    """Answers an authorization request; `found` is who is signed in."""
    step = await _step(journey, browser, found)
    if found is None or step is Step.SIGN_IN:
        return sign_in_page(journey, browser, email=journey.login_hint)
    if step is Step.CONFIRM:
        return continue_page(journey, browser, found[0].email)
    return await _go_on(step, journey, browser, found)


async def lead_on(
    journey: Journey, browser: Browser, found: tuple[User, Session] | None
) -> Response:
    """Goes on after a form; who fills one in needs no other page to confirm it."""
    step = await _step(journey, browser, found)
    if found is None or step is Step.SIGN_IN:
        return sign_in_page(journey, browser, alert=SIGNED_OUT, status=403)
    return await _go_on(step, journey, browser, found)


async def must_sign_in(journey: Journey, browser: Browser, found: tuple[User, Session]) -> bool:
    """True where the client wants a newer sign-in, or somebody else's, whatever form was sent."""
    return await _step(journey, browser, found) is Step.SIGN_IN


async def _go_on(
    step: Step, journey: Journey, browser: Browser, found: tuple[User, Session]
) -> Response:
    user, session = found
    if step is Step.CONSENT and journey.pending is not None:
        return consent_page(journey, browser, user.email, journey.pending.scopes_for(user))
    return await arrive(journey, user, session, browser.container)


async def _step(journey: Journey, browser: Browser, found: tuple[User, Session] | None) -> Step:
    if journey.pending is None:
        return Step.SIGN_IN if found is None else Step.CONFIRM
    container = browser.container
    user, session = found or (None, None)
    return await next_step(
        journey.pending,
        user,
        session.authentication if session else None,
        container.new_uow(),
        container.token_services.tokens,
        container.clock(),
    )
