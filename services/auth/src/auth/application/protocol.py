"""The pieces of OAuth that Authlib works out for us; the only module that imports it.

Authlib's own server is synchronous and framework-bound (ADR 0011), so we use its pure
functions: S256 (RFC 7636), scope lists (RFC 6749) and the metadata check (RFC 8414, RFC 9207).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from authlib.common.encoding import to_unicode
from authlib.common.urls import add_params_to_uri, url_decode
from authlib.oauth2 import rfc8414, rfc9207
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc6749.util import list_to_scope
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oauth2.rfc7636.challenge import (
    CODE_VERIFIER_PATTERN,
)
from authlib.oidc.core.grants.util import create_half_hash
from authlib.oidc.discovery import OpenIDProviderMetadata

from auth.domain.oauth_errors import InvalidRequest


def s256_challenge(verifier: str) -> str:
    """Returns the S256 challenge of a verifier; raises InvalidRequest for a malformed one."""
    if not CODE_VERIFIER_PATTERN.fullmatch(verifier):
        raise InvalidRequest("code_verifier must have 43 to 128 unreserved characters.")
    return str(create_s256_code_challenge(verifier))


def half_hash(token: str) -> str:
    """Returns the `at_hash` of an access token beside an RS256 signature (OIDC Core §3.1.3.6)."""
    return str(to_unicode(create_half_hash(token, "RS256")))


def scope_text(scopes: Iterable[str]) -> str:
    """Returns scopes as the protocol writes them: sorted, with a space between."""
    return str(list_to_scope(sorted(scopes)))


def with_parameters(uri: str, parameters: Mapping[str, str]) -> str:
    """Returns the URI with parameters added to its query, keeping what it has."""
    return str(add_params_to_uri(uri, dict(parameters)))


def check_metadata(metadata: Mapping[str, Any]) -> None:
    """Raises ValueError for server metadata that a client library would stumble over."""
    document = rfc8414.AuthorizationServerMetadata(metadata)
    document.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
    OpenIDProviderMetadata(metadata).validate()


def authorization_uri(endpoint: str, *, nonce: str, verifier: str, **parameters: str) -> str:
    """Returns where a client sends a browser, with the S256 challenge of its verifier."""
    challenge = {
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    return str(
        prepare_grant_uri(endpoint, response_type="code", nonce=nonce, **challenge, **parameters)
    )


def code_exchange(code: str, redirect_uri: str, verifier: str) -> dict[str, str]:
    """Returns the form with which a client redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    body = prepare_token_request(
        "authorization_code", "", redirect_uri, code=code, code_verifier=verifier
    )
    return dict(url_decode(body))
