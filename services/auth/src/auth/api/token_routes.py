"""The endpoints that clients call: tokens (RFC 6749 §3.2), revocation (RFC 7009), introspection
(RFC 7662). A form in, JSON out, errors as RFC 6749 §5.2 writes them.

They stand in no OpenAPI document, because no example of them could work twice; the security
scheme and the server's metadata name them, and the README shows each grant.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from auth.api.client_requests import read_client_request
from auth.api.dependencies import Injected
from auth.api.oauth_errors import NO_STORE
from auth.application.grant_token import grant_token
from auth.application.introspect_token import introspect_token
from auth.application.protocol import scope_text
from auth.application.revoke_token import revoke_token
from auth.application.server_metadata import INTROSPECT_PATH, REVOKE_PATH, TOKEN_PATH
from auth.application.token_request import TokenAnswer

router = APIRouter(include_in_schema=False)


@router.post(TOKEN_PATH)
async def token(request: Request, container: Injected) -> JSONResponse:
    """Gives tokens for a code, a refresh token, a client's assertion or an exchange."""
    asked = await read_client_request(request)
    answer = await grant_token(
        asked, container.new_uow(), container.token_services, container.clock()
    )
    return JSONResponse(_body(answer), headers=NO_STORE)


@router.post(REVOKE_PATH)
async def revoke(request: Request, container: Injected) -> Response:
    """Ends a token; says the same of one that is unknown or already dead."""
    await revoke_token(
        await read_client_request(request),
        container.new_uow(),
        container.token_services,
        container.access_tokens,
        container.clock(),
    )
    return Response(headers=NO_STORE)


@router.post(INTROSPECT_PATH)
async def introspect(request: Request, container: Injected) -> JSONResponse:
    """Says whether a token is good, to clients that prove who they are."""
    answer = await introspect_token(
        await read_client_request(request),
        container.new_uow(),
        container.token_services,
        container.access_tokens,
        container.clock(),
    )
    return JSONResponse(answer, headers=NO_STORE)


def _body(answer: TokenAnswer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "access_token": answer.access_token,
        "token_type": "Bearer",
        "expires_in": answer.expires_in,
        "scope": scope_text(answer.scopes),
    }
    optional = {
        "refresh_token": answer.refresh_token,
        "id_token": answer.id_token,
        "issued_token_type": answer.issued_token_type,
    }
    return body | {name: value for name, value in optional.items() if value is not None}
