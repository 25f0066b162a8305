"""What a client may be registered as; the admin's use cases check every registration here.

Grants, ways to authenticate and addresses have to fit together, so that no registration promises
what a grant would refuse later, and none opens a hole.
"""

from collections.abc import Iterable

from auth.domain.client import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    REFRESH_TOKEN,
    AuthMethod,
    Client,
)
from auth.domain.errors import InvalidField
from auth.domain.redirect_uri import fault_of
from auth.domain.rights import SCOPES

# Token exchange is for the operator's client alone, which the configuration registers.
GRANTS = frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN, CLIENT_CREDENTIALS})
MAX_URIS = 20


def check_registration(client: Client) -> None:
    """Raises InvalidField for the first thing that does not fit."""
    _check_grants(client)
    _check_scopes(client)
    _check_uris("redirect_uris", client.redirect_uris)
    _check_uris("post_logout_redirect_uris", client.post_logout_redirect_uris)
    _check_authentication(client)


def _check_grants(client: Client) -> None:
    if not client.grant_types or not client.grant_types <= GRANTS:
        raise InvalidField("grant_types", f"must be some of {', '.join(sorted(GRANTS))}")
    with_code = AUTHORIZATION_CODE in client.grant_types
    if REFRESH_TOKEN in client.grant_types and not with_code:
        raise InvalidField("grant_types", "refresh_token comes with authorization_code only")
    if with_code != bool(client.redirect_uris):
        raise InvalidField("redirect_uris", "are needed for authorization_code, and only for it")
    if CLIENT_CREDENTIALS in client.grant_types and client.is_public:
        raise InvalidField("grant_types", "client_credentials is for clients that authenticate")


def _check_scopes(client: Client) -> None:
    if not client.scopes or not client.scopes <= SCOPES.keys():
        raise InvalidField("scopes", "must be some of those that the server's metadata lists")


def _check_uris(field: str, uris: Iterable[str]) -> None:
    listed = list(uris)
    if len(listed) > MAX_URIS or len(set(listed)) != len(listed):
        raise InvalidField(field, f"must be at most {MAX_URIS} different addresses")
    for uri in listed:
        if fault := fault_of(uri):
            raise InvalidField(field, f"an address {fault}")


def _check_authentication(client: Client) -> None:
    with_key = client.auth_method is AuthMethod.PRIVATE_KEY_JWT
    if with_key != (client.public_key is not None):
        raise InvalidField("public_key", "is needed for private_key_jwt, and only for it")
