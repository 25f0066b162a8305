"""What a client library must know to use this server, as one document.

Served at /.well-known/oauth-authorization-server (RFC 8414, RFC 9207) and, the same, at
/.well-known/openid-configuration (OpenID Connect Discovery 1.0); bootstrap makes it once.
"""

from typing import Any

from auth.application.grant_token import GRANTS
from auth.domain.authorization import PROMPTS
from auth.domain.client import AuthMethod
from auth.domain.rights import SCOPES

AUTHORIZE_PATH = "/oauth/authorize"
TOKEN_PATH = "/oauth/token"  # noqa: S105
REVOKE_PATH = "/oauth/revoke"
INTROSPECT_PATH = "/oauth/introspect"
USERINFO_PATH = "/oauth/userinfo"
LOGOUT_PATH = "/oauth/logout"
JWKS_PATH = "/.well-known/jwks.json"

SIGNING_ALGORITHM = "RS256"
ASSERTION_ALGORITHMS = ("RS256", "PS256", "ES256")
CLAIMS = (
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "sid", "at_hash"),
    *("name", "email", "email_verified"),
)


def server_metadata(issuer: str) -> dict[str, Any]:
    """Returns the document."""
    return {
        "issuer": issuer,
        **_endpoints(issuer),
        **_client_authentication(),
        "scopes_supported": list(SCOPES),
        "claims_supported": list(CLAIMS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [SIGNING_ALGORITHM],
        "prompt_values_supported": sorted(PROMPTS),
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def _endpoints(issuer: str) -> dict[str, str]:
    return {
        "authorization_endpoint": issuer + AUTHORIZE_PATH,
        "token_endpoint": issuer + TOKEN_PATH,
        "revocation_endpoint": issuer + REVOKE_PATH,
        "introspection_endpoint": issuer + INTROSPECT_PATH,
        "userinfo_endpoint": issuer + USERINFO_PATH,
        "end_session_endpoint": issuer + LOGOUT_PATH,
        "jwks_uri": issuer + JWKS_PATH,
        "service_documentation": issuer + "/docs",
    }


def _client_authentication() -> dict[str, list[str]]:
    """Public clients revoke their tokens, and introspect none."""
    methods: dict[str, list[AuthMethod]] = {
        "token": list(AuthMethod),
        "revocation": list(AuthMethod),
        "introspection": [method for method in AuthMethod if method is not AuthMethod.NONE],
    }
    supported: dict[str, list[str]] = {}
    for endpoint, names in methods.items():
        prefix = f"{endpoint}_endpoint_auth"
        supported[f"{prefix}_methods_supported"] = [str(name) for name in names]
        supported[f"{prefix}_signing_alg_values_supported"] = list(ASSERTION_ALGORITHMS)
    return supported
