"""Turns the errors of page routes into pages, as the problem table does for the API.

Routers of pages are made with `route_class=PageRoute`; none of their routes has a `try` for these.
"""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute

from auth.api.browser import SignInNeeded, StaleForm
from auth.api.pages import SIGN_IN_PATH, notice_page
from auth.domain.errors import InvalidLink, SecondFactorIsOn, SignInBusy, Throttled
from auth.domain.identity_provider import ForeignSignInRefused, ProviderAway

_REFUSALS = (
    ForeignSignInRefused,
    ProviderAway,
    StaleForm,
    InvalidLink,
    SecondFactorIsOn,
    SignInBusy,
    Throttled,
)

Handler = Callable[[Request], Awaitable[Response]]


class PageRoute(APIRoute):
    """A route whose refusals a person reads."""

    def get_route_handler(self) -> Handler:  # type: ignore[override]
        """Wraps the handler that FastAPI makes."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInNeeded:
                return RedirectResponse(SIGN_IN_PATH, 303, {"Cache-Control": "no-store"})
            except _REFUSALS as error:
                return _page_for(error)

        return shown


def _page_for(error: Exception) -> Response:
    match error:
        case Throttled(retry_after=seconds):
            page = notice_page("Too many tries", f"Please wait {seconds} seconds.", status=429)
            page.headers["Retry-After"] = str(seconds)
            return page
        case SignInBusy():
            page = notice_page("Too many people sign in", "Please try again shortly.", status=503)
            page.headers["Retry-After"] = "1"
            return page
        case ForeignSignInRefused():
            return notice_page("This sign-in does not work", str(error), status=403)
        case ProviderAway():
            page = notice_page("The other provider is away", str(error), status=503)
            page.headers["Retry-After"] = "2"
            return page
        case SecondFactorIsOn():
            return notice_page("Nothing to do", str(error), status=409)
        case InvalidLink():
            return notice_page("This link does not work", str(error), status=410)
    return notice_page("This page was too old", "Please go back and try again.", status=403)
