"""The pages on which somebody turns the second step on and off.

The secret is shown once, as a QR code and as text, and the recovery codes once, when it is on.
"""

import segno
from fastapi import APIRouter
from fastapi.responses import Response
from markupsafe import Markup

from auth.api.browser import AtBrowser, Browser, Owner, SealedForm
from auth.api.dependencies import Injected
from auth.api.page_routes import PageRoute
from auth.api.pages import SECOND_FACTOR_PATH, notice_page, render
from auth.application.confirm_password import confirm_owner
from auth.application.second_factor import (
    UseCode,
    begin_second_factor,
    confirm_second_factor,
    remove_second_factor,
    second_factor_is_on,
)
from auth.domain.errors import WrongCode, WrongPassword
from auth.domain.second_factor import SecondFactor
from auth.domain.user import User

BEGIN_PATH = SECOND_FACTOR_PATH + "/begin"
CONFIRM_PATH = SECOND_FACTOR_PATH + "/confirm"
REMOVE_PATH = SECOND_FACTOR_PATH + "/remove"

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(SECOND_FACTOR_PATH)
async def show_second_factor(owner: Owner, browser: AtBrowser, container: Injected) -> Response:
    """Says whether it is on, and offers the other."""
    user, _session = owner
    return _page(browser, user, is_on=await second_factor_is_on(user.id, container.new_uow()))


@router.post(BEGIN_PATH)
async def submit_begin(
    form: SealedForm, owner: Owner, browser: AtBrowser, container: Injected
) -> Response:
    """Makes a new secret and shows it, to whoever gives the password."""
    user, _session = owner
    try:
        await confirm_owner(user, form.get("current", ""), container.new_uow(), container.guards)
    except WrongPassword as error:
        return _page(browser, user, is_on=False, alert=str(error), status=422)
    factor = await begin_second_factor(user.id, container.new_uow(), container.clock())
    return _secret_page(browser, factor, user.email)


@router.post(CONFIRM_PATH)
async def submit_confirm(
    form: SealedForm, owner: Owner, browser: AtBrowser, container: Injected
) -> Response:
    """Turns it on with the app's first code, and shows the recovery codes."""
    user, session = owner
    command = UseCode(user.id, form.get("code", ""), session.sid)
    uow, now = container.new_uow(), container.clock()
    try:
        codes = await confirm_second_factor(command, uow, container.guards, now)
    except WrongCode:
        alert = "That was not the app's code. Start again, and look at your telephone's clock."
        return _page(browser, user, is_on=False, alert=alert, status=422)
    return render("recovery_codes.html", "The second step is on", codes=codes)


@router.post(REMOVE_PATH)
async def submit_remove(
    form: SealedForm, owner: Owner, browser: AtBrowser, container: Injected
) -> Response:
    """Turns it off with one more code."""
    user, session = owner
    command = UseCode(user.id, form.get("code", ""), session.sid)
    uow, now = container.new_uow(), container.clock()
    try:
        await remove_second_factor(command, uow, container.guards, now)
    except WrongCode as error:
        return _page(browser, user, is_on=True, alert=str(error), status=422)
    return notice_page("The second step is off", "Your password alone is enough now.")


def _page(
    browser: Browser, user: User, *, is_on: bool, alert: str = "", status: int = 200
) -> Response:
    return render(
        "second_factor.html",
        "Second step",
        status=status,
        csrf=browser.csrf,
        is_on=is_on,
        action=REMOVE_PATH if is_on else BEGIN_PATH,
        has_password=user.password_hash is not None,
        alert=alert,
    )


def _secret_page(browser: Browser, factor: SecondFactor, email: str) -> Response:
    """The picture is drawn into the page itself, so that no image carries the secret."""
    uri = factor.uri(email)
    picture = segno.make(uri, error="m").svg_inline(scale=4)
    return render(
        "second_factor_secret.html",
        "Set up your app",
        csrf=browser.csrf,
        action=CONFIRM_PATH,
        picture=Markup(picture),  # noqa: S704  drawn by us, from bytes
        uri=uri,
        secret=" ".join(factor.secret[at : at + 4] for at in range(0, len(factor.secret), 4)),
    )
