"""The page on which somebody sees and changes what concerns their own sign-in.

Plain forms, each with its CSRF token; whoever is not signed in is led to the sign-in form. The
second factor has pages of its own in `second_factor_routes.py`.
"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from auth.api.browser import AtBrowser, Browser, Owner, SealedForm
from auth.api.dependencies import Injected
from auth.api.journey import NO_STORE
from auth.api.page_routes import PageRoute
from auth.api.pages import ACCOUNT_PATH, SIGN_IN_PATH, notice_page, render
from auth.application.change_password import ChangePassword, change_password
from auth.application.consent import given_consents, withdraw_consent
from auth.application.end_sessions import end_all_sessions, end_session
from auth.application.foreign_sign_in import linked_issuers
from auth.application.request_mail import request_verification
from auth.domain.errors import InvalidField, WrongPassword
from auth.domain.rights import SCOPES
from auth.domain.session import Session
from auth.domain.user import User

END_PATH = "/account/sessions/end"
END_ALL_PATH = "/account/sessions/end-all"
PASSWORD_PATH = "/account/password"  # noqa: S105  the path of a page
VERIFICATION_PATH = "/account/verification-mail"
WITHDRAW_PATH = "/account/consents/withdraw"

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(ACCOUNT_PATH)
async def show_account(owner: Owner, browser: AtBrowser) -> Response:
    """What the owner may want to see and change."""
    return await account_page(browser, *owner)


@router.post(END_PATH)
async def submit_end(form: SealedForm, owner: Owner, container: Injected) -> Response:
    """Signs out in one browser, which may be this one."""
    user, session = owner
    sid = _uuid(form.get("sid", ""))
    if sid is not None:
        uow, now = container.new_uow(), container.clock()
        await end_session(user.id, sid, uow, container.sessions, now)
    return back_to(SIGN_IN_PATH if sid == session.sid else ACCOUNT_PATH)


@router.post(END_ALL_PATH)
async def submit_end_all(_form: SealedForm, owner: Owner, container: Injected) -> Response:
    """Signs out everywhere, here as well."""
    user, _session = owner
    uow, now = container.new_uow(), container.clock()
    await end_all_sessions(user.id, uow, container.sessions, now)
    return back_to(SIGN_IN_PATH)


@router.post(PASSWORD_PATH)
async def submit_password(
    form: SealedForm, owner: Owner, browser: AtBrowser, container: Injected
) -> Response:
    """Changes the password; this browser stays signed in, every other one does not."""
    user, session = owner
    current, new = form.get("current", ""), form.get("new_password", "")
    command = ChangePassword(user.id, current, new, session.sid)
    try:
        await change_password(command, container.new_uow(), container.guards, container.clock)
    except (InvalidField, WrongPassword) as error:
        return await account_page(browser, user, session, alert=str(error), status=422)
    return notice_page("Your password is changed", "You are signed out everywhere else.")


@router.post(VERIFICATION_PATH)
async def submit_verification(_form: SealedForm, owner: Owner, container: Injected) -> Response:
    """Sends the mail that confirms the address once more."""
    uow, now = container.new_uow(), container.clock()
    await request_verification(owner[0], uow, container.throttle, now)
    return notice_page("Look into your mail", "A mail with a link is on its way to you.")


@router.post(WITHDRAW_PATH)
async def submit_withdrawal(form: SealedForm, owner: Owner, container: Injected) -> Response:
    """Takes back what a client was allowed."""
    uow, now = container.new_uow(), container.clock()
    await withdraw_consent(owner[0].id, form.get("client_id", ""), uow, now)
    return back_to(ACCOUNT_PATH)


async def account_page(
    browser: Browser, user: User, session: Session, *, alert: str = "", status: int = 200
) -> Response:
    """What the owner sees, and what was wrong with what they sent."""
    container = browser.container
    return render(
        "account.html",
        "Your account",
        status=status,
        csrf=browser.csrf,
        user=user,
        current=session.sid,
        sessions=await container.sessions.of_user(user.id),
        providers=container.providers.all(),
        linked=await linked_issuers(user.id, container.new_uow()),
        consents=await given_consents(user.id, container.new_uow()),
        meanings=SCOPES,
        withdraw_path=WITHDRAW_PATH,
        end_path=END_PATH,
        end_all_path=END_ALL_PATH,
        password_path=PASSWORD_PATH,
        verification_path=VERIFICATION_PATH,
        alert=alert,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def back_to(path: str) -> Response:
    """Shows another page after a form."""
    return RedirectResponse(path, 303, NO_STORE)
