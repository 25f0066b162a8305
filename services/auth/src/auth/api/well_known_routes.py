"""What others must know to trust our tokens: the public keys and the server's metadata.

Every service and the gateway fetch the keys; client libraries fetch the metadata, under the name
that OAuth gave it (RFC 8414) or the older one of OpenID Connect.
"""

from typing import Any

from fastapi import APIRouter, Response

from auth.api.dependencies import Injected
from auth.application.server_metadata import JWKS_PATH
from auth.domain.key_schedule import CACHE_SECONDS
from chassis.security import PUBLIC

OAUTH_METADATA_PATH = "/.well-known/oauth-authorization-server"
OPENID_METADATA_PATH = "/.well-known/openid-configuration"
CACHE = {"Cache-Control": f"public, max-age={CACHE_SECONDS}"}

router = APIRouter(tags=["oauth"])


@router.get(
    JWKS_PATH,
    operation_id="read_jwks",
    openapi_extra=PUBLIC,
    summary="Read the public signing keys",
)
async def read_jwks(container: Injected, response: Response) -> dict[str, Any]:
    """A JWK set (RFC 7517): verify tokens with the key that their `kid` names."""
    response.headers.update(CACHE)
    return container.jwks()


@router.get(
    OAUTH_METADATA_PATH,
    operation_id="read_server_metadata",
    openapi_extra=PUBLIC,
    summary="Read the server's metadata",
)
async def read_server_metadata(container: Injected, response: Response) -> dict[str, Any]:
    """Endpoints, grants, scopes and algorithms (RFC 8414, RFC 9207)."""
    response.headers.update(CACHE)
    return container.metadata


@router.get(
    OPENID_METADATA_PATH,
    operation_id="read_openid_configuration",
    openapi_extra=PUBLIC,
    summary="Read the provider's configuration",
)
async def read_openid_configuration(container: Injected, response: Response) -> dict[str, Any]:
    """The same document, where OpenID Connect Discovery 1.0 looks for it."""
    response.headers.update(CACHE)
    return container.metadata
