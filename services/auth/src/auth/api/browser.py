"""A browser at our pages: its cookies, the forms it sends back, and who is signed in there.

Every form carries a MAC of the browser's own cookie, which no other site can read; `SealedForm`
is the only way by which a page's route gets at its fields.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from auth.api.dependencies import Container, Injected
from auth.api.forms import read_form
from auth.api.visitor import visitor_of
from auth.application.sign_in import signed_in
from auth.domain.session import Session, Visitor
from auth.domain.user import User

SESSION_COOKIE = "souk_session"
DEVICE_COOKIE = "souk_device"
DEVICE_SECONDS = 400 * 24 * 3600  # as long as browsers keep any cookie (RFC 6265bis §4.1.2.2)
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


class StaleForm(Exception):
    """The form was not made for this browser: it is too old, or another site sent it."""


class SignInNeeded(Exception):
    """The page is for somebody who is signed in."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What a request's cookies say. `secret` names the session, or will be the cookie's value."""

    container: Container
    secret: str
    device: str
    visitor: Visitor

    @property
    def csrf(self) -> str:
        """What the forms of this browser carry."""
        return self.container.form_seals.token(self.secret)

    async def signed_in(self) -> tuple[User, Session] | None:
        """Returns who is signed in here."""
        container = self.container
        return await signed_in(
            self.secret, container.new_uow(), container.sessions, container.clock()
        )

    def device_for(self, email_key: str) -> str | None:
        """Returns this browser's name if it has signed in to the account before."""
        return self.container.device_seals.device(email_key, self.device)

    def keep(self, response: Response, secret: str | None = None) -> None:
        """Sets the cookie of the browser session: this one's secret, or that of a new session."""
        _set_cookie(response, self.container, SESSION_COOKIE, secret or self.secret)

    def remember_device(self, response: Response, email_key: str) -> None:
        """Notes in the browser that it has signed in to this account."""
        token = self.container.device_seals.token(email_key)
        _set_cookie(response, self.container, DEVICE_COOKIE, token, DEVICE_SECONDS)


async def browser_of(request: Request, container: Injected) -> Browser:
    """Returns the browser; one without a cookie of ours gets a secret that is yet to be set."""
    value = request.cookies.get(cookie_name(container, SESSION_COOKIE), "")
    secret = value if _SECRET.fullmatch(value) else secrets.token_urlsafe(32)
    device = request.cookies.get(cookie_name(container, DEVICE_COOKIE), "")
    return Browser(container, secret, device, visitor_of(request, container.trusted_proxies))


AtBrowser = Annotated[Browser, Depends(browser_of)]


async def sealed_form(request: Request, browser: AtBrowser) -> Mapping[str, str]:
    """Returns the fields of a form; raises StaleForm unless we made it for this browser."""
    form = await read_form(request)
    if not browser.container.form_seals.fits(browser.secret, form.get("csrf", "")):
        raise StaleForm
    return form


SealedForm = Annotated[Mapping[str, str], Depends(sealed_form)]


async def _owner(browser: AtBrowser) -> tuple[User, Session]:
    found = await browser.signed_in()
    if found is None:
        raise SignInNeeded
    return found


Owner = Annotated[tuple[User, Session], Depends(_owner)]


def cookie_name(container: Container, name: str) -> str:
    """`__Host-` keeps other hosts of the domain from setting the cookie; it needs https."""
    return f"__Host-{name}" if _is_secure(container) else name


def _set_cookie(
    response: Response, container: Container, name: str, value: str, max_age: int | None = None
) -> None:
    response.set_cookie(
        cookie_name(container, name),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_secure(container),
    )


def _is_secure(container: Container) -> bool:
    return container.issuer.startswith("https:")
