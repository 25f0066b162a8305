"""Renders the three pages that a person sees, and the headers that keep them safe.

No script, no image, nothing from elsewhere: the Content-Security-Policy allows one style sheet,
by its hash, and forms that go to us and then to the client's registered redirect URI.
"""

import base64
import hashlib
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from auth.application.begin_authorization import PendingAuthorization
from auth.application.protocol import scope_text, with_parameters
from auth.domain.authorization import AuthorizationRequest
from auth.domain.oauth_errors import AccessDenied

SIGN_IN_PATH = "/oauth/sign-in"
AUTHORIZE_PATH = "/oauth/authorize"

_FOLDER = Path(__file__).parent / "templates"
_CSS = (_FOLDER / "page.css").read_text()
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_templates = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True)
_templates.globals["css"] = Markup(_CSS)  # noqa: S704  our own file


def sign_in_page(
    pending: PendingAuthorization,
    *,
    issuer: str,
    csrf: str,
    email: str = "",
    alert: str = "",
    status: int = 200,
) -> HTMLResponse:
    """Asks for e-mail and password; `alert` says what was wrong with the last try."""
    page = _templates.get_template("sign_in.html").render(
        title="Sign in",
        client=pending.client.name,
        action=f"{SIGN_IN_PATH}?{_query(pending.request)}",
        cancel=_cancel(pending.request, issuer),
        csrf=csrf,
        email=email,
        alert=alert,
    )
    return _response(page, status, pending.request)


def continue_page(
    pending: PendingAuthorization, *, issuer: str, csrf: str, email: str
) -> HTMLResponse:
    """Asks somebody who is signed in whether to go on as they are."""
    query = _query(pending.request)
    page = _templates.get_template("continue.html").render(
        title="Welcome back",
        client=pending.client.name,
        action=f"{SIGN_IN_PATH}?{query}",
        other=f"{AUTHORIZE_PATH}?{query}&prompt=login",
        cancel=_cancel(pending.request, issuer),
        csrf=csrf,
        email=email,
    )
    return _response(page, 200, pending.request)


def error_page(detail: str) -> HTMLResponse:
    """Says that this sign-in cannot go on, and why."""
    page = _templates.get_template("error.html").render(
        title="This sign-in link does not work", detail=detail
    )
    return _response(page, 400, None)


def _query(request: AuthorizationRequest) -> str:
    """The checked request again; nothing else of the original query goes into a page."""
    parameters = {
        "response_type": "code",
        "client_id": request.client_id,
        "redirect_uri": request.redirect_uri,
        "code_challenge": request.code_challenge,
        "code_challenge_method": "S256",
    }
    if request.scopes is not None:
        parameters["scope"] = scope_text(request.scopes)
    if request.state is not None:
        parameters["state"] = request.state
    return urlencode(parameters)


def _cancel(request: AuthorizationRequest, issuer: str) -> str:
    parameters = {"error": AccessDenied.code, "iss": issuer}
    if request.state is not None:
        parameters["state"] = request.state
    return with_parameters(request.redirect_uri, parameters)


def _response(page: str, status: int, request: AuthorizationRequest | None) -> HTMLResponse:
    """Browsers apply `form-action` to the redirect that follows a form, too."""
    targets = ["'self'"]
    if request is not None:
        redirect = urlsplit(request.redirect_uri)
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
