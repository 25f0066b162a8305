"""The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0).

A client that shows whose session it means, by an ID token of it, signs the person out at once;
anybody else has the person asked first, so that no foreign page can sign them out.
"""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from auth.api.browser import AtBrowser, Browser, SealedForm
from auth.api.dependencies import Injected
from auth.api.forms import read_authorization_query, read_token_form
from auth.api.page_routes import PageRoute
from auth.api.pages import LOGOUT_CONFIRMED_PATH, notice_page, render
from auth.application.end_session import Logout, check_logout
from auth.application.end_sessions import end_session
from auth.application.protocol import with_parameters
from auth.application.server_metadata import LOGOUT_PATH

router = APIRouter(include_in_schema=False, route_class=PageRoute)


async def _query(request: Request) -> Mapping[str, str]:
    return read_authorization_query(request)


@router.get(LOGOUT_PATH)
async def logout(
    parameters: Annotated[Mapping[str, str], Depends(_query)],
    container: Injected,
    browser: AtBrowser,
) -> Response:
    """Signs out, or asks whether to."""
    tokens = container.token_services.tokens
    asked = await check_logout(parameters, container.new_uow(), tokens)
    found = await browser.signed_in()
    if found is None:
        return await _end(asked, browser, asked.session)
    _user, session = found
    if asked.concerns(str(session.user_id), str(session.sid)):
        return await _end(asked, browser, (session.user_id, session.sid))
    page = render(
        "logout.html",
        "Sign out?",
        redirect_uri=asked.redirect_uri,
        action=with_parameters(LOGOUT_CONFIRMED_PATH, parameters),
        csrf=browser.csrf,
    )
    browser.keep(page)
    return page


@router.post(LOGOUT_PATH)
async def logout_by_form(request: Request, container: Injected, browser: AtBrowser) -> Response:
    """The same for clients that send a form (§2), which comes without the person's cookie."""
    return await logout(await read_token_form(request), container, browser)


@router.post(LOGOUT_CONFIRMED_PATH)
async def confirm_logout(
    parameters: Annotated[Mapping[str, str], Depends(_query)],
    container: Injected,
    browser: AtBrowser,
    _form: SealedForm,
) -> Response:
    """Signs out somebody who says so."""
    tokens = container.token_services.tokens
    asked = await check_logout(parameters, container.new_uow(), tokens)
    found = await browser.signed_in()
    session = (found[1].user_id, found[1].sid) if found else None
    return await _end(asked, browser, session)


async def _end(asked: Logout, browser: Browser, session: tuple[UUID, UUID] | None) -> Response:
    """Ends a session, if there is one, and goes where the client wants the person to go."""
    container = browser.container
    if session is not None:
        uow, now = container.new_uow(), container.clock()
        await end_session(*session, uow, container.sessions, now)
    if asked.redirect_uri is None:
        return notice_page("You are signed out", "You can close this page.")
    state = {"state": asked.state} if asked.state is not None else {}
    location = with_parameters(asked.redirect_uri, state)
    return RedirectResponse(location, 303, {"Cache-Control": "no-store"})
