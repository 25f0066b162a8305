"""An OAuth client: a program that asks for tokens, and what it is registered for.

`authenticate_client` finds out which client is speaking; the grants ask it what it may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth.domain.oauth_errors import UnauthorizedClient, UnsafeRedirect

AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105  the name of a grant, not a secret
CLIENT_CREDENTIALS = "client_credentials"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client. With a `public_key` (a JWK, RFC 7517) it must prove who it is."""

    id: str
    name: str
    grant_types: frozenset[str]
    scopes: frozenset[str]
    redirect_uris: tuple[str, ...] = ()
    public_key: Mapping[str, Any] | None = None

    @property
    def is_public(self) -> bool:
        """True for a program that cannot keep a secret, such as a page in a browser."""
        return self.public_key is None

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
