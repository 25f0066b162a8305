"""The authorization endpoint and its sign-in form (RFC 6749 §4.1.1, OAuth 2.1 §4.1).

A browser comes from a client, a person signs in or goes on as they are, and the browser goes
back with a code. These routes stand in no OpenAPI document: people call them, not programs.
"""

import re
import secrets

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from auth.api.dependencies import Container, Injected
from auth.api.forms import read_authorization_query, read_form
from auth.api.pages import AUTHORIZE_PATH, SIGN_IN_PATH, continue_page, sign_in_page
from auth.application.begin_authorization import PendingAuthorization, begin_authorization
from auth.application.grant_code import grant_code
from auth.application.protocol import with_parameters
from auth.application.sign_in import sign_in, signed_in_user
from auth.domain.user import User

COOKIE = "souk_session"
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{43}")

router = APIRouter(include_in_schema=False)


@router.get(AUTHORIZE_PATH)
async def authorize(request: Request, container: Injected) -> Response:
    """Shows the sign-in form, or asks a person who is signed in whether to go on."""
    parameters = read_authorization_query(request)
    pending = await begin_authorization(parameters, container.new_uow())
    session_id = _session_id(request) or secrets.token_urlsafe(32)
    user = None
    if parameters.get("prompt") != "login":
        user = await signed_in_user(session_id, container.new_uow(), container.sessions)
    page = _page(container, pending, session_id, user)
    _set_cookie(page, container, session_id)
    return page


@router.post(SIGN_IN_PATH)
async def submit_sign_in(request: Request, container: Injected) -> Response:
    """Takes the form; on success the browser goes back to the client with a code."""
    pending = await begin_authorization(read_authorization_query(request), container.new_uow())
    form = await read_form(request)
    session_id = _session_id(request)
    if not session_id or not container.form_seals.fits(session_id, form.get("csrf", "")):
        return _again(container, pending, "This page was too old. Please sign in again.", 403)
    if "continue" in form:
        user = await signed_in_user(session_id, container.new_uow(), container.sessions)
        if user is None:
            return _again(container, pending, "You were signed out. Please sign in again.", 403)
        return await _back_to_client(container, pending, user)
    email = form.get("email", "")
    user = await sign_in(email, form.get("password", ""), container.new_uow(), container.passwords)
    if user is None:
        alert = "E-mail or password is wrong."
        return _again(container, pending, alert, 422, session_id=session_id, email=email)
    answer = await _back_to_client(container, pending, user)
    await container.sessions.close(session_id)
    _set_cookie(answer, container, await container.sessions.open(user.id))
    return answer


def _session_id(request: Request) -> str:
    """Returns the cookie's value, or nothing when we cannot have made it."""
    value = request.cookies.get(COOKIE, "")
    return value if _SESSION_ID.fullmatch(value) else ""


def _page(
    container: Container, pending: PendingAuthorization, session_id: str, user: User | None
) -> HTMLResponse:
    csrf = container.form_seals.token(session_id)
    if user is None:
        return sign_in_page(pending, issuer=container.issuer, csrf=csrf)
    return continue_page(pending, issuer=container.issuer, csrf=csrf, email=user.email)


def _again(
    container: Container,
    pending: PendingAuthorization,
    alert: str,
    status: int,
    *,
    session_id: str = "",
    email: str = "",
) -> Response:
    """Shows the form once more; without a session id, for a browser that gets a new one."""
    session_id = session_id or secrets.token_urlsafe(32)
    page = sign_in_page(
        pending,
        issuer=container.issuer,
        csrf=container.form_seals.token(session_id),
        email=email,
        alert=alert,
        status=status,
    )
    _set_cookie(page, container, session_id)
    return page


async def _back_to_client(
    container: Container, pending: PendingAuthorization, user: User
) -> RedirectResponse:
    """RFC 6749 §4.1.2, with the `iss` of RFC 9207 against mix-ups."""
    code = await grant_code(pending, user, container.new_uow(), container.clock())
    parameters = {"code": code}
    if pending.request.state is not None:
        parameters["state"] = pending.request.state
    parameters["iss"] = container.issuer
    location = with_parameters(pending.request.redirect_uri, parameters)
    return RedirectResponse(location, 303, {"Cache-Control": "no-store"})


def _set_cookie(response: Response, container: Container, session_id: str) -> None:
    """A cookie of the browser session; it says nothing but its own name in Redis."""
    response.set_cookie(
        COOKIE,
        session_id,
        path="/oauth",
        httponly=True,
        samesite="lax",
        secure=container.issuer.startswith("https:"),
    )
