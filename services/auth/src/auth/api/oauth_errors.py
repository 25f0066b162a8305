"""Answers the errors of the OAuth protocol: JSON, a redirect, or a page, as its RFCs say.

Bootstrap installs these handlers on the application beside the problem table.
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from auth.api.pages import error_page
from auth.application.protocol import with_parameters
from auth.domain.oauth_errors import (
    AuthorizationRefused,
    CodeReplayed,
    InvalidClient,
    OAuthError,
    RefreshTokenReused,
    UnsafeRedirect,
)
from chassis.logs import get_logger

NO_STORE = {"Cache-Control": "no-store"}

log = get_logger(__name__)


def install_oauth_handlers(app: FastAPI) -> None:
    """The most specific handler wins, so UnsafeRedirect never reaches the JSON one."""
    app.add_exception_handler(OAuthError, _as_json)
    app.add_exception_handler(UnsafeRedirect, _as_page)
    app.add_exception_handler(AuthorizationRefused, _as_redirect)


async def _as_json(request: Request, error: Exception) -> Response:
    """RFC 6749 §5.2. Only a client that tried the Authorization header gets a challenge back.

    A browser would ask its user for a password at the sight of one, in the middle of /docs.
    What looks like theft is a warning in the log.
    """
    assert isinstance(error, OAuthError)
    headers = dict(NO_STORE)
    status = 401 if isinstance(error, InvalidClient) else 400
    write = log.warning if isinstance(error, CodeReplayed | RefreshTokenReused) else log.info
    write("token_refused", error=error.code, reason=type(error).__name__)
    if status == 401 and "authorization" in request.headers:
        headers["WWW-Authenticate"] = 'Basic realm="souk"'
    body = {"error": error.code, "error_description": str(error)}
    return JSONResponse(body, status, headers)


async def _as_page(_request: Request, error: Exception) -> Response:
    """Nothing is sent to a redirect URI that nobody registered (RFC 6749 §4.1.2.1)."""
    return error_page(str(error))


async def _as_redirect(request: Request, error: Exception) -> Response:
    """The client hears of its mistake, and from whom (RFC 9207)."""
    assert isinstance(error, AuthorizationRefused)
    parameters = {"error": error.error.code, "error_description": str(error)}
    if error.state is not None:
        parameters["state"] = error.state
    parameters["iss"] = request.app.state.container.issuer
    return RedirectResponse(with_parameters(error.redirect_uri, parameters), 303, NO_STORE)
