"""The token endpoint (RFC 6749 §3.2): a form in, JSON out, errors as RFC 6749 §5.2 writes them.

It stands in no OpenAPI document, because no example of it could work twice; the security scheme
and the server's metadata name it, and the README shows each grant.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from auth.api.dependencies import Injected
from auth.api.forms import read_token_form
from auth.api.oauth_errors import NO_STORE
from auth.application.grant_token import grant_token
from auth.application.protocol import scope_text
from auth.application.server_metadata import TOKEN_PATH
from auth.application.token_request import TokenAnswer, TokenRequest
from auth.domain.oauth_errors import InvalidClient

router = APIRouter(include_in_schema=False)


@router.post(TOKEN_PATH)
async def token(request: Request, container: Injected) -> JSONResponse:
    """Gives tokens for a code, a refresh token, a client's assertion or an exchange."""
    if "authorization" in request.headers:
        raise InvalidClient("Clients authenticate here by private_key_jwt, or not at all.")
    fields = await read_token_form(request)
    answer = await grant_token(
        TokenRequest(fields), container.new_uow(), container.token_services, container.clock()
    )
    return JSONResponse(_body(answer), headers=NO_STORE)


def _body(answer: TokenAnswer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "access_token": answer.access_token,
        "token_type": "Bearer",
        "expires_in": answer.expires_in,
        "scope": scope_text(answer.scopes),
    }
    if answer.refresh_token is not None:
        body["refresh_token"] = answer.refresh_token
    if answer.issued_token_type is not None:
        body["issued_token_type"] = answer.issued_token_type
    return body
