"""The authorization endpoint and its sign-in form (RFC 6749 §4.1.1, OAuth 2.1 §4.1).

A browser comes from a client, a person signs in or goes on as they are, and the browser goes
back with a code. Without a client the same form leads to the person's own account page. These
routes stand in no OpenAPI document: people call them, not programs.
"""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from auth.api.browser import AtBrowser, Browser, SignInNeeded, StaleForm, sealed_form
from auth.api.dependencies import Injected
from auth.api.forms import read_authorization_query
from auth.api.journey import Journey, arrive, journey_of
from auth.api.page_routes import PageRoute
from auth.api.pages import AUTHORIZE_PATH, CONSENT_PATH, SIGN_IN_PATH
from auth.api.second_step_routes import ask_for_second_step
from auth.api.sign_in_pages import sign_in_page
from auth.api.steps import SIGNED_OUT, first_page, lead_on, must_sign_in
from auth.api.welcome import welcome
from auth.application.begin_authorization import begin_authorization
from auth.application.consent import give_consent
from auth.application.second_factor import second_factor_is_on
from auth.application.sign_in import SignIn, sign_in
from auth.domain.errors import Throttled
from auth.domain.session import PASSWORD

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(AUTHORIZE_PATH)
async def authorize(request: Request, container: Injected, browser: AtBrowser) -> Response:
    """Shows the page that the request needs first, or goes back with a code at once."""
    parameters = read_authorization_query(request)
    journey = Journey(await begin_authorization(parameters, container.new_uow()))
    return await first_page(journey, browser, await browser.signed_in())


@router.get(SIGN_IN_PATH)
async def show_sign_in(request: Request, container: Injected, browser: AtBrowser) -> Response:
    """The form without a client, for somebody who wants to see their own account."""
    return sign_in_page(await journey_of(request, container), browser)


@router.post(SIGN_IN_PATH)
async def submit_sign_in(request: Request, container: Injected, browser: AtBrowser) -> Response:
    """Takes the form; on success the browser goes on to where it came from."""
    journey = await journey_of(request, container)
    try:
        form = await sealed_form(request, browser)
    except StaleForm:
        return _again(journey, browser, "This page was too old. Please sign in again.")
    if "continue" in form:
        return await lead_on(journey, browser, await browser.signed_in())
    return await _with_password(journey, browser, form)


async def _with_password(journey: Journey, browser: Browser, form: Mapping[str, str]) -> Response:
    container = browser.container
    began = container.clock()
    command = _command(form, browser)
    try:
        user = await sign_in(command, container.new_uow(), container.passwords, container.throttle)
    except Throttled as error:
        return _too_often(journey, browser, command.email, error.retry_after)
    if user is None:
        alert = "E-mail or password is wrong."
        return sign_in_page(journey, browser, email=command.email, alert=alert, status=422)
    if await second_factor_is_on(user.id, container.new_uow()):
        return await ask_for_second_step(journey, browser, user, PASSWORD, began)
    return await welcome(journey, browser, user, (PASSWORD,), began)


@router.post(CONSENT_PATH)
async def submit_consent(request: Request, container: Injected, browser: AtBrowser) -> Response:
    """Takes the answer of somebody who allows it; who does not, leaves by the page's link."""
    journey = await journey_of(request, container)
    await sealed_form(request, browser)
    found = await browser.signed_in()
    if journey.pending is None or found is None:
        raise SignInNeeded
    if await must_sign_in(journey, browser, found):
        return _again(journey, browser, SIGNED_OUT)
    user, session = found
    await give_consent(journey.pending, user, container.new_uow(), container.clock())
    return await arrive(journey, user, session, container)


def _command(form: Mapping[str, str], browser: Browser) -> SignIn:
    command = SignIn(form.get("email", ""), form.get("password", ""), browser.visitor)
    return replace(command, device=browser.device_for(command.email_key))


def _again(journey: Journey, browser: Browser, alert: str) -> Response:
    return sign_in_page(journey, browser, alert=alert, status=403)


def _too_often(journey: Journey, browser: Browser, email: str, seconds: int) -> Response:
    """A new password, by mail, is the way in for somebody whose account is being guessed at."""
    alert = f"Too many tries. Wait {seconds} seconds, or ask for a new password below."
    page = sign_in_page(journey, browser, email=email, alert=alert, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page
