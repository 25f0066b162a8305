"""The pages to which our mails lead: a new password, a confirmed address.

Opening a link changes nothing, because mail servers open links to look at them; the button on its
page does. The paths are those in `adapters/mail_rendering.py`.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from auth.api.browser import AtBrowser, Browser, SealedForm
from auth.api.dependencies import Injected
from auth.api.page_routes import PageRoute
from auth.api.pages import FORGOTTEN_PATH, RESET_PATH, VERIFY_PATH, notice_page, render
from auth.application.follow_link import FollowLink, check_link, reset_password, verify_email
from auth.application.request_mail import request_password_reset
from auth.domain.errors import InvalidField
from auth.domain.secret_mail import MailKind

ON_ITS_WAY = (
    "If there is an account with this address, a mail with a link is on its way to it. "
    "The link works once, for 30 minutes."
)

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Token = Annotated[str, Query()]


@router.get(FORGOTTEN_PATH)
async def show_forgotten(browser: AtBrowser) -> Response:
    """Asks for the address."""
    return _forgotten_page(browser)


@router.post(FORGOTTEN_PATH)
async def submit_forgotten(form: SealedForm, browser: AtBrowser, container: Injected) -> Response:
    """Says the same for every address, after the same work."""
    email = form.get("email", "")
    uow, now = container.new_uow(), container.clock()
    try:
        await request_password_reset(email, browser.visitor, uow, container.throttle, now)
    except InvalidField:
        alert = "This is not an e-mail address."
        return _forgotten_page(browser, email=email, alert=alert, status=422)
    return notice_page("Look into your mail", ON_ITS_WAY)


@router.get(RESET_PATH)
async def show_reset(browser: AtBrowser, container: Injected, token: Token = "") -> Response:
    """Asks for the new password, if the link still works."""
    await check_link(token, MailKind.RESET_PASSWORD, container.new_uow(), container.clock())
    return _reset_page(browser, token)


@router.post(RESET_PATH)
async def submit_reset(form: SealedForm, browser: AtBrowser, container: Injected) -> Response:
    """Changes the password; the browser counts as one that the owner has used."""
    command = FollowLink(form.get("token", ""), browser.visitor)
    password, uow = form.get("password", ""), container.new_uow()
    try:
        user = await reset_password(command, password, uow, container.guards, container.clock)
    except InvalidField as error:
        return _reset_page(browser, command.token, alert=f"{error}.", status=422)
    page = notice_page("Your password is changed", "You can sign in with it now.")
    browser.remember_device(page, user.email_key)
    return page


@router.get(VERIFY_PATH)
async def show_verify(browser: AtBrowser, container: Injected, token: Token = "") -> Response:
    """Shows the button, if the link still works."""
    await check_link(token, MailKind.VERIFY_EMAIL, container.new_uow(), container.clock())
    page = render(
        "verify.html",
        "Confirm your address",
        action=VERIFY_PATH,
        csrf=browser.csrf,
        token=token,
    )
    browser.keep(page)
    return page


@router.post(VERIFY_PATH)
async def submit_verify(form: SealedForm, browser: AtBrowser, container: Injected) -> Response:
    """Notes that the address is its owner's."""
    command = FollowLink(form.get("token", ""), browser.visitor)
    await verify_email(command, container.new_uow(), container.throttle, container.clock())
    return notice_page("Thank you", "Your e-mail address is confirmed.")


def _forgotten_page(
    browser: Browser, *, email: str = "", alert: str = "", status: int = 200
) -> Response:
    page = render(
        "forgotten.html",
        "Forgotten your password?",
        status=status,
        action=FORGOTTEN_PATH,
        csrf=browser.csrf,
        email=email,
        alert=alert,
    )
    browser.keep(page)
    return page


def _reset_page(browser: Browser, token: str, *, alert: str = "", status: int = 200) -> Response:
    page = render(
        "reset.html",
        "Choose a new password",
        status=status,
        action=RESET_PATH,
        csrf=browser.csrf,
        token=token,
        alert=alert,
    )
    browser.keep(page)
    return page
