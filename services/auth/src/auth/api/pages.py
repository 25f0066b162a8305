"""Renders pages for people, and the headers that keep them safe.

No script, no image from elsewhere: the Content-Security-Policy allows one style sheet, by its
hash, and forms that go to us and then to the client's registered redirect URI.
"""

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

SIGN_IN_PATH = "/oauth/sign-in"
PROVIDERS_PATH = "/oauth/sign-in/providers"
SECOND_STEP_PATH = "/oauth/sign-in/second-step"
AUTHORIZE_PATH = "/oauth/authorize"
CONSENT_PATH = "/oauth/consent"
LOGOUT_CONFIRMED_PATH = "/oauth/logout/confirmed"
ACCOUNT_PATH = "/account"
FORGOTTEN_PATH = "/account/forgotten-password"
RESET_PATH = "/account/password-reset"
SECOND_FACTOR_PATH = "/account/second-factor"
VERIFY_PATH = "/account/email-verification"

_FOLDER = Path(__file__).parent / "templates"
_CSS = (_FOLDER / "page.css").read_text()
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_templates = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
)
_templates.globals |= {
    "css": Markup(_CSS),  # noqa: S704  our own file
    "account_path": ACCOUNT_PATH,
    "forgotten_path": FORGOTTEN_PATH,
    "second_factor_path": SECOND_FACTOR_PATH,
}


def render(
    template: str, title: str, *, status: int = 200, redirect_uri: str | None = None, **values: Any
) -> HTMLResponse:
    """Returns a page; its forms may lead to us, and on to the origin of `redirect_uri`."""
    page = _templates.get_template(template).render(title=title, **values)
    # Browsers apply `form-action` to the redirect that follows a form, too.
    targets = ["'self'"]
    if redirect_uri is not None:
        redirect = urlsplit(redirect_uri)
        targets.append(f"{redirect.scheme}://{redirect.netloc}")
    policy = (
        f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; base-uri 'none'; "
        f"form-action {' '.join(targets)}; frame-ancestors 'none'"
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    return HTMLResponse(page, status, headers)


def error_page(detail: str) -> HTMLResponse:
    """Says that this sign-in cannot go on, and why."""
    return render("error.html", "This sign-in link does not work", status=400, detail=detail)


def notice_page(title: str, detail: str, *, status: int = 200) -> HTMLResponse:
    """Says one thing, and leads on to the account."""
    return render("notice.html", title, status=status, detail=detail)
