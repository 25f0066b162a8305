"""What others must know to trust our tokens: the public keys and the server's metadata.

Every service and the gateway fetch the keys; client libraries fetch the metadata.
"""

from typing import Any

from fastapi import APIRouter, Response

from auth.api.dependencies import Injected
from auth.application.server_metadata import JWKS_PATH
from chassis.security import PUBLIC

METADATA_PATH = "/.well-known/oauth-authorization-server"
CACHE = {"Cache-Control": "public, max-age=300"}

router = APIRouter(tags=["oauth"])


@router.get(
    JWKS_PATH,
    operation_id="read_jwks",
    openapi_extra=PUBLIC,
    summary="Read the public signing keys",
)
async def read_jwks(container: Injected, response: Response) -> dict[str, Any]:
    """A JWK set (RFC 7517): verify access tokens with the key that their `kid` names."""
    response.headers.update(CACHE)
    return container.jwks()


@router.get(
    METADATA_PATH,
    operation_id="read_server_metadata",
    openapi_extra=PUBLIC,
    summary="Read the server's metadata",
)
async def read_server_metadata(container: Injected, response: Response) -> dict[str, Any]:
    """Endpoints, grants, scopes and algorithms (RFC 8414, RFC 9207)."""
    response.headers.update(CACHE)
    return container.metadata
