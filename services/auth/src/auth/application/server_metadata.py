"""What a client library must know to use this server, as one document (RFC 8414, RFC 9207).

Served at /.well-known/oauth-authorization-server; bootstrap makes it once.
"""

from typing import Any

from auth.application.grant_token import GRANTS
from auth.domain.client import CLIENT_CREDENTIALS, TOKEN_EXCHANGE
from auth.domain.rights import SCOPES

AUTHORIZE_PATH = "/oauth/authorize"
TOKEN_PATH = "/oauth/token"  # noqa: S105
JWKS_PATH = "/.well-known/jwks.json"

ASSERTION_ALGORITHMS = ("RS256", "PS256", "ES256")


def server_metadata(issuer: str, *, machines: bool) -> dict[str, Any]:
    """Returns the document; without `machines` no client signs assertions or exchanges tokens."""
    grants = [
        grant for grant in GRANTS if machines or grant not in {CLIENT_CREDENTIALS, TOKEN_EXCHANGE}
    ]
    document: dict[str, Any] = {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE_PATH,
        "token_endpoint": issuer + TOKEN_PATH,
        "jwks_uri": issuer + JWKS_PATH,
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grants,
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
    if machines:
        document["token_endpoint_auth_methods_supported"] = ["none", "private_key_jwt"]
        document["token_endpoint_auth_signing_alg_values_supported"] = list(ASSERTION_ALGORITHMS)
    return document
