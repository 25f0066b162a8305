"""An OAuth client: a program that asks for tokens, and what it is registered for.

`authenticate_client` finds out which client is speaking; the grants ask it what it may do;
`register_client` and `client_rules.py` decide what may be registered.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from auth.domain.oauth_errors import UnauthorizedClient, UnsafeRedirect

AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105  the name of a grant, not a secret
CLIENT_CREDENTIALS = "client_credentials"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105


class AuthMethod(StrEnum):
    """How a client proves who it is (`token_endpoint_auth_method`, RFC 7591 §2)."""

    NONE = "none"
    SECRET_BASIC = "client_secret_basic"  # noqa: S105
    SECRET_POST = "client_secret_post"  # noqa: S105
    PRIVATE_KEY_JWT = "private_key_jwt"


SECRET_METHODS = frozenset({AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST})


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client. `public_key` is a JWK (RFC 7517), `secret_hash` a SHA-256.

    A `first_party` client is the shop's own, so nobody is asked to consent to it.
    """

    id: str
    name: str
    grant_types: frozenset[str]
    scopes: frozenset[str]
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    auth_method: AuthMethod = AuthMethod.NONE
    public_key: Mapping[str, Any] | None = None
    secret_hash: bytes | None = None
    first_party: bool = False
    version: int = 1

    @property
    def is_public(self) -> bool:
        """True for a program that cannot keep a secret, such as a page in a browser."""
        return self.auth_method is AuthMethod.NONE

    def has_secret(self, digest: bytes, method: AuthMethod) -> bool:
        """True when it is this client's secret that has this digest, sent as registered."""
        if self.secret_hash is None or method is not self.auth_method:
            return False
        return hmac.compare_digest(self.secret_hash, digest)

    def check_grant(self, grant_type: str) -> None:
        """Raises UnauthorizedClient unless the client is registered for this grant."""
        if grant_type not in self.grant_types:
            raise UnauthorizedClient("The client is not registered for this grant.")

    def check_redirect(self, uri: str) -> None:
        """Raises UnsafeRedirect unless the URI is registered, compared byte for byte.

        RFC 9700 §4.1.3: anything short of an exact comparison has been used to steal codes.
        """
        if uri not in self.redirect_uris:
            raise UnsafeRedirect("The redirect_uri is not registered for this client.")
