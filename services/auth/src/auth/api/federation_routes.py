"""Signing in by way of another provider, and linking one to an account.

The browser leaves with a `state` that only it can bring back, and comes back with a code. Linking
begins on the account page, so that nobody's address alone opens an account that exists.
"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from auth.api.account_routes import account_page, back_to
from auth.api.browser import AtBrowser, Browser, Owner, SealedForm, SignInNeeded
from auth.api.dependencies import Container, Injected
from auth.api.forms import read_authorization_query
from auth.api.journey import NO_STORE, journey_by, journey_of
from auth.api.page_routes import PageRoute
from auth.api.pages import ACCOUNT_PATH, PROVIDERS_PATH, notice_page, render
from auth.api.second_step_routes import ask_for_second_step
from auth.api.welcome import welcome
from auth.application.confirm_password import confirm_owner
from auth.application.foreign_sign_in import (
    Departure,
    link_identity,
    new_departure,
    sign_in_by,
    unlink_identity,
)
from auth.application.second_factor import second_factor_is_on
from auth.domain.errors import WrongPassword
from auth.domain.identity_provider import FEDERATED, ForeignIdentity, ForeignSignInRefused

BEGIN_PATH = PROVIDERS_PATH + "/{provider_id}"
CALLBACK_PATH = BEGIN_PATH + "/callback"
LINK_PATH = ACCOUNT_PATH + "/providers/{provider_id}/link"
UNLINK_PATH = ACCOUNT_PATH + "/providers/{provider_id}/unlink"

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(BEGIN_PATH)
async def begin(
    provider_id: str, request: Request, container: Injected, browser: AtBrowser
) -> Response:
    """Sends the browser to the provider, with the journey that it was on kept here."""
    journey = await journey_of(request, container)
    departure = new_departure(provider_id, journey.parameters, container.clock())
    answer = RedirectResponse(await _send_off(departure, browser), 303, NO_STORE)
    browser.keep(answer)
    return answer


@router.get(CALLBACK_PATH)
async def come_back(
    provider_id: str, request: Request, container: Injected, browser: AtBrowser
) -> Response:
    """Takes the provider's answer: signs somebody in, or links what they asked to be linked."""
    answer = read_authorization_query(request)
    departure = await container.departures.take(browser.secret, answer.get("state", ""))
    if departure is None or departure.provider_id != provider_id:
        raise ForeignSignInRefused("This answer was not asked for in this browser.")
    identity = await container.providers.identity(departure, answer)
    if departure.link_to is not None:
        return await _link(departure, identity, browser)
    return await _enter(departure, identity, browser)


@router.post(LINK_PATH)
async def submit_link(
    provider_id: str, form: SealedForm, owner: Owner, browser: AtBrowser, container: Injected
) -> Response:
    """Shows the way to the provider; a form of ours may not lead to others by itself."""
    user, session = owner
    provider = container.providers.get(provider_id)
    password = form.get(f"password-for-{provider_id}", "")
    try:
        await confirm_owner(user, password, container.new_uow(), container.guards)
    except WrongPassword as error:
        return await account_page(browser, user, session, alert=str(error), status=422)
    departure = new_departure(provider_id, {}, container.clock(), link_to=user.id)
    url = await _send_off(departure, browser)
    return render("leave.html", f"Link {provider.name}", provider=provider.name, url=url)


@router.post(UNLINK_PATH)
async def submit_unlink(
    provider_id: str, _form: SealedForm, owner: Owner, container: Injected
) -> Response:
    """Ends the link."""
    user, _session = owner
    issuer = container.providers.get(provider_id).issuer
    await unlink_identity(user.id, issuer, container.new_uow(), container.clock())
    return back_to(ACCOUNT_PATH)


async def _send_off(departure: Departure, browser: Browser) -> str:
    container = browser.container
    url = await container.providers.authorization_url(departure)
    await container.departures.keep(browser.secret, departure)
    return url


async def _link(departure: Departure, identity: ForeignIdentity, browser: Browser) -> Response:
    """The person must still be signed in to the account that they began with."""
    container = browser.container
    found = await browser.signed_in()
    if found is None or found[0].id != departure.link_to:
        raise SignInNeeded
    await link_identity(identity, found[0].id, container.new_uow(), container.clock())
    name = container.providers.get(departure.provider_id).name
    return notice_page("Linked", f"You can sign in by way of {name} now.")


async def _enter(departure: Departure, identity: ForeignIdentity, browser: Browser) -> Response:
    """A second step that is on here is asked for, whatever was asked for there."""
    container: Container = browser.container
    journey = await journey_by(departure.journey, container)
    user = await sign_in_by(identity, container.new_uow(), container.clock())
    if await second_factor_is_on(user.id, container.new_uow()):
        return await ask_for_second_step(journey, browser, user, FEDERATED, departure.began)
    return await welcome(journey, browser, user, (FEDERATED,), departure.began)
