"""The pages of a sign-in: e-mail and password, "continue as …", the second step, and consent.

`sign_in_routes.py` and `second_step_routes.py` show them.
"""

from fastapi.responses import HTMLResponse

from auth.api.browser import Browser
from auth.api.journey import Journey
from auth.api.pages import (
    AUTHORIZE_PATH,
    CONSENT_PATH,
    PROVIDERS_PATH,
    SECOND_STEP_PATH,
    SIGN_IN_PATH,
    render,
)
from auth.domain.refresh_family import LIFETIME
from auth.domain.rights import SCOPES


def sign_in_page(
    journey: Journey, browser: Browser, *, email: str = "", alert: str = "", status: int = 200
) -> HTMLResponse:
    """Asks for e-mail and password; `alert` says what was wrong with the last try."""
    page = render(
        "sign_in.html",
        "Sign in",
        status=status,
        redirect_uri=journey.redirect_uri,
        client=journey.goal,
        action=journey.link(SIGN_IN_PATH),
        cancel=journey.cancel(browser.container.issuer),
        csrf=browser.csrf,
        email=email,
        alert=alert,
        providers=[
            {"name": one.name, "link": journey.link(f"{PROVIDERS_PATH}/{one.id}")}
            for one in browser.container.providers.all()
        ],
    )
    browser.keep(page)
    return page


def continue_page(journey: Journey, browser: Browser, email: str) -> HTMLResponse:
    """Asks somebody who is signed in whether to go on as they are."""
    page = render(
        "continue.html",
        "Welcome back",
        redirect_uri=journey.redirect_uri,
        client=journey.goal,
        action=journey.link(SIGN_IN_PATH),
        other=journey.link(AUTHORIZE_PATH, prompt="login"),
        cancel=journey.cancel(browser.container.issuer),
        csrf=browser.csrf,
        email=email,
    )
    browser.keep(page)
    return page


def consent_page(
    journey: Journey, browser: Browser, email: str, scopes: frozenset[str]
) -> HTMLResponse:
    """Asks whether the client may have these scopes, each in the words of the rights table."""
    return render(
        "consent.html",
        "Allow access",
        redirect_uri=journey.redirect_uri,
        client=journey.goal,
        email=email,
        days=LIFETIME.days,
        meanings=[meaning for scope, meaning in SCOPES.items() if scope in scopes],
        action=journey.link(CONSENT_PATH),
        cancel=journey.cancel(browser.container.issuer),
        csrf=browser.csrf,
    )


def second_step_page(
    journey: Journey, browser: Browser, *, alert: str = "", status: int = 200
) -> HTMLResponse:
    """Asks for the code of the second factor."""
    page = render(
        "second_step.html",
        "One more step",
        status=status,
        redirect_uri=journey.redirect_uri,
        action=journey.link(SECOND_STEP_PATH),
        cancel=journey.cancel(browser.container.issuer),
        csrf=browser.csrf,
        alert=alert,
    )
    browser.keep(page)
    return page
